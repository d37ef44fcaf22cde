# Dumps the database airflow into /backups and keeps the newest BACKUP_KEEP dumps. A dump gets its
# name when it is whole and can be read, and old ones go only then.
set -eu
name="airflow-$(date -u +%Y%m%dT%H%M%SZ).dump"
rm -f /backups/*.part
pg_dump --format=custom --file="/backups/$name.part"
pg_restore --list "/backups/$name.part" > /dev/null
mv "/backups/$name.part" "/backups/$name"
ls -1 /backups/airflow-*.dump | sort -r | tail -n "+$((BACKUP_KEEP + 1))" | xargs -r rm --
ls -l /backups
