#!/bin/sh
# A database that a DAG asks: `shop`, for the user and password that docs/local.md has. It is
# forgotten with the Pod, which brings a directory /data that may be written to.
set -eu

mariadb-install-db --no-defaults --force --datadir=/data --skip-test-db >/dev/null
cat >/data/shop.sql <<'SQL'
CREATE DATABASE shop;
CREATE USER reader@'%' IDENTIFIED BY 'secret';
GRANT SELECT ON shop.* TO reader@'%';
SQL
exec mariadbd --no-defaults --datadir=/data --socket=/data/socket --pid-file=/data/pid \
    --init-file=/data/shop.sql --bind-address=0.0.0.0
