"""A DAG whose task asks the database of the connection mysql_default."""

import pymysql
from airflow.sdk import DAG, Connection, task

with DAG("asks-mysql", is_paused_upon_creation=False):

    @task
    def ask():
        """Say what the database answers."""
        known = Connection.get("mysql_default")
        asked = pymysql.connect(
            host=known.host,
            port=known.port,
            user=known.login,
            password=known.password,
            database=known.schema,
        )
        with asked, asked.cursor() as cursor:
            cursor.execute("SELECT DATABASE(), 6 * 7")
            print("answered", *cursor.fetchone())

    ask()
