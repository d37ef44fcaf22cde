"""People sign on with what a directory knows: FAB reads this file when the api-server starts.

What differs between clusters stands in the environment. Whoever the directory lets in becomes a
user; the roles are those of his groups (memberOf), anew at each login, and without one of them he
may do nothing.
"""

import os

from flask_appbuilder.const import AUTH_LDAP

AUTH_TYPE = AUTH_LDAP
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
AUTH_LDAP_SERVER = os.environ["SIGN_ON_SERVER"]
# No password goes in the clear: ldaps, or StartTLS before anything is said.
AUTH_LDAP_USE_TLS = not AUTH_LDAP_SERVER.startswith("ldaps://")
AUTH_LDAP_TLS_DEMAND = True
AUTH_LDAP_TLS_CACERTFILE = os.environ["SIGN_ON_AUTHORITIES"]
AUTH_LDAP_BIND_USER = os.environ["SIGN_ON_BIND_USER"]
AUTH_LDAP_BIND_PASSWORD = os.environ["SIGN_ON_PASSWORD"]
AUTH_LDAP_SEARCH = os.environ["SIGN_ON_SEARCH"]
AUTH_LDAP_UID_FIELD = os.environ["SIGN_ON_NAME_FIELD"]
