#!/bin/sh
# A directory for one suffix. /etc/directory, which the Pod brings, has its people (people.ldif) and
# its certificate and key; who may search is SEARCHER, and nobody reads a password. What it keeps is
# forgotten with the Pod, which brings a directory /data that may be written to.
set -eu

mkdir -p /data/db
cat >/data/slapd.conf <<CONF
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload memberof
pidfile /data/pid
argsfile /data/args
TLSCertificateFile /etc/directory/server.crt
TLSCertificateKeyFile /etc/directory/server.key
security simple_bind=128
database mdb
suffix "$SUFFIX"
directory /data/db
overlay memberof
access to attrs=userPassword by anonymous auth
access to * by dn.exact="$SEARCHER" read
CONF
slapadd -f /data/slapd.conf -l /etc/directory/people.ldif
exec slapd -f /data/slapd.conf -h "ldaps://0.0.0.0:636 ldap://0.0.0.0:389" -d stats
