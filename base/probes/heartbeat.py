"""Whether the process of this Pod has lately told the database that it is alive.

`airflow jobs check` asks the same, and has loaded Airflow by then: seconds of CPU, which on a
busy node are longer than any timeout. This costs a quarter of one.

    heartbeat.py ready JOB_TYPE    0 if it has, else 1
    heartbeat.py alive JOB_TYPE    also 0 if the database does not answer: no restart mends that
"""

import datetime
import os
import socket
import sys

import sqlalchemy

# Heartbeats come every 5 to 10 seconds; Airflow itself gives up on a process after 30 or 60.
SILENCE = datetime.timedelta(seconds=120)

LATEST = sqlalchemy.text(
    "SELECT max(latest_heartbeat) FROM job"
    " WHERE job_type = :job_type AND hostname = :hostname AND state = 'running'"
)


def main(probe: str, job_type: str) -> int:
    """Print what is known, and return the exit code."""
    # The address that airflow.utils.net.get_host_ip_address gives in a Pod; by that name
    # (AIRFLOW__CORE__HOSTNAME_CALLABLE) the process is known.
    hostname = socket.gethostbyname(socket.gethostname())
    engine = sqlalchemy.create_engine(
        os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"], connect_args={"connect_timeout": 5}
    )
    try:
        with engine.connect() as connection:
            asked = {"job_type": job_type, "hostname": hostname}
            latest = connection.execute(LATEST, asked).scalar()
    except sqlalchemy.exc.OperationalError:
        # Not its text, which says too much of the connection.
        print("the database does not answer")
        return 0 if probe == "alive" else 1
    if latest is None:
        print(f"no {job_type} runs on {hostname}")
        return 1
    silent = datetime.datetime.now(datetime.UTC) - latest
    print(f"the last heartbeat of {job_type} on {hostname} is {silent.total_seconds():.0f} s old")
    return 0 if silent < SILENCE else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
