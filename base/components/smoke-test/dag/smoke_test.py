"""A DAG whose tasks need one thing more each: what has run says what works.

The Job airflow-smoke-test triggers it and says what the outcome means; a person may do the same
in the web interface. The last task is to fail.
"""

import json
import os
import pathlib
import socket
from datetime import timedelta

import yaml
from airflow.providers.cncf.kubernetes.hooks.kubernetes import KubernetesHook
from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, task
from airflow.sdk.exceptions import AirflowFailException
from kubernetes.client import ApiException
from kubernetes.config import ConfigException
from urllib3.exceptions import HTTPError

POD = yaml.safe_load(pathlib.Path(__file__).with_name("pod.yaml").read_text())
EXECUTORS = os.environ["AIRFLOW__CORE__EXECUTOR"].split(",")


def create_in(namespace):
    """What the Kubernetes API answers to this Pod in the namespace: a status, if any, and why.

    A dry run asks for the same permission and passes the same admission, and leaves no Pod where
    it is permitted.
    """
    pod = {**POD, "metadata": {"name": "smoke-test", "namespace": namespace}}
    try:
        api = KubernetesHook().core_v1_client
        api.create_namespaced_pod(namespace, pod, dry_run="All", _request_timeout=20)
    except ApiException as error:
        return error.status, message_of(error)
    except (ConfigException, HTTPError) as error:
        return None, f"{type(error).__name__}: {error}"
    return 201, "created"


def message_of(error):
    """The message of the Status that the API answered, or else all that it answered."""
    try:
        return json.loads(error.body)["message"]
    except (TypeError, ValueError, KeyError):
        return f"{error.reason}: {error.body}"


with DAG(
    "smoke-test",
    schedule=None,
    is_paused_upon_creation=False,
    # A run that hangs does not stand in the way of the next one.
    dagrun_timeout=timedelta(minutes=30),
    # It runs while a new configuration is rolled out, and meets processes that are going away.
    default_args={
        "retries": 2,
        "retry_delay": timedelta(seconds=20),
        "execution_timeout": timedelta(minutes=10),
    },
    doc_md=__doc__,
) as dag:
    # No executor sees it: the scheduler itself says that an EmptyOperator is done.
    scheduler = EmptyOperator(task_id="scheduler")

    @task
    def run():
        """Need no more than whoever runs it."""
        print("runs on", socket.gethostname())

    executors = [
        run.override(task_id=f"executor-{executor}", executor=executor)() for executor in EXECUTORS
    ]

    pod_in_workers = KubernetesPodOperator(
        task_id="pod-in-airflow-workers",
        namespace=os.environ["SMOKE_TEST_NAMESPACE"],
        name="smoke-test",
        pod_template_dict=POD,
        startup_timeout_seconds=480,
    )

    @task(task_id="pod-in-default")
    def pod_in_default(ti):
        """Fail, unless a Pod may be there."""
        status, reason = create_in("default")
        ti.xcom_push("answer", {"status": status, "reason": reason})
        if status != 201:
            raise AirflowFailException(reason)

    scheduler >> executors >> pod_in_workers
    executors >> pod_in_default()
