"""People sign on with a provider of OpenID Connect: FAB reads this file when the api-server starts.

What differs between clusters stands in the environment. Whoever the provider lets in becomes a
user; the roles are those of his groups, anew at each login, and without one of them he may do
nothing.
"""

import os

from flask_appbuilder.const import AUTH_OAUTH

AUTH_TYPE = AUTH_OAUTH
AUTH_USER_REGISTRATION = True
AUTH_USER_REGISTRATION_ROLE = "Public"
AUTH_ROLES_SYNC_AT_LOGIN = True
AUTH_ROLES_MAPPING = {
    group: [role]
    for role, group in (
        ("Viewer", os.environ["SIGN_ON_VIEWERS"]),
        ("User", os.environ["SIGN_ON_USERS"]),
        ("Admin", os.environ["SIGN_ON_ADMINS"]),
    )
    if group
}
# FAB takes name and groups of a provider that it does not know from the claims
# preferred_username, given_name, family_name, email and groups of its user info.
OAUTH_PROVIDERS = [
    {
        "name": "oidc",
        "icon": "fa-key",
        "token_key": "access_token",
        "remote_app": {
            "client_id": os.environ["SIGN_ON_CLIENT"],
            "client_secret": os.environ["SIGN_ON_PASSWORD"],
            "server_metadata_url": (
                os.environ["SIGN_ON_ISSUER"].rstrip("/") + "/.well-known/openid-configuration"
            ),
            "client_kwargs": {"scope": os.environ["SIGN_ON_SCOPES"]},
        },
    }
]
