#!/bin/sh
# A broker for one user, who is in the variables BROKER_USER and BROKER_PASSWORD. What it keeps is
# in /data, which the Pod brings and may be written to.
set -eu

umask 077
cat >/data/rabbitmq.conf <<CONF
default_user = $BROKER_USER
default_pass = $BROKER_PASSWORD
log.console = true
log.file = false
CONF
export HOME=/data RABBITMQ_NODENAME=rabbit@localhost RABBITMQ_CONFIG_FILE=/data/rabbitmq
export RABBITMQ_MNESIA_BASE=/data/mnesia RABBITMQ_LOG_BASE=/data/log RABBITMQ_LOGS=-
export RABBITMQ_ENABLED_PLUGINS_FILE=/data/enabled_plugins RABBITMQ_PID_FILE=/data/pid
exec rabbitmq-server
