#!/bin/sh
# What base/ uses of the entry point of the official image: an empty PGDATA becomes a database
# cluster with the user, password and database that the variables name, and with what the files
# in /docker-entrypoint-initdb.d do; then the arguments are run.
set -eu

if [ "$1" = postgres ] && [ ! -s "$PGDATA/PG_VERSION" ]; then
    mkdir -p "$PGDATA"
    chmod 0700 "$PGDATA"
    passwords=$(mktemp)
    printf '%s\n' "$POSTGRES_PASSWORD" >"$passwords"
    initdb --username="$POSTGRES_USER" --pwfile="$passwords" --auth-host=scram-sha-256 --auth-local=trust
    rm "$passwords"
    echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
    pg_ctl -w -o "-c listen_addresses=''" start
    if [ "$POSTGRES_DB" != postgres ]; then
        createdb --username="$POSTGRES_USER" "$POSTGRES_DB"
    fi
    for file in /docker-entrypoint-initdb.d/*; do
        case "$file" in
            *.sh) . "$file" ;;
            *.sql) psql -v ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" --file="$file" ;;
        esac
    done
    pg_ctl -w -m fast stop
fi
if [ "$1" = postgres ]; then
    set -- "$@" -c "listen_addresses=*"
fi
exec "$@"
