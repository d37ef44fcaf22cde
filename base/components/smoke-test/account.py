"""Make the user of the smoke test, or give it a new password, and write that to /user/password.

It may trigger and read the DAG smoke-test, and nothing else of Airflow.
"""

import secrets
from pathlib import Path

from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder

NAME = "smoke-test"
PERMISSIONS = [
    ("can_read", "DAG:smoke-test"),
    ("can_edit", "DAG:smoke-test"),
    # Those of one DAG go with the permissions on it, above.
    ("can_create", "DAG Runs"),
    ("can_read", "DAG Runs"),
    ("can_read", "Task Instances"),
    ("can_read", "XComs"),
]


def make_user(password: str) -> None:
    """As `airflow roles` and `airflow users` do, which are six processes of seconds each."""
    with get_application_builder() as builder:
        manager = builder.sm
        role = manager.add_role(NAME)
        for action, resource in PERMISSIONS:
            manager.add_permission_to_role(role, manager.create_permission(action, resource))
        user = manager.find_user(NAME)
        if not user:
            email = f"{NAME}@airflow.invalid"
            user = manager.add_user(NAME, "Smoke", "Test", email, role, password)
        if not user:
            raise SystemExit("the user could not be made")
        manager.reset_password(user.id, password)


if __name__ == "__main__":
    new = secrets.token_hex(32)
    make_user(new)
    Path("/user/password").write_text(new, encoding="utf-8")
    print(f"the user {NAME} is ready")
