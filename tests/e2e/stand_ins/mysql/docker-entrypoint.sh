#!/bin/bash
# Handles MYSQL_USER, MYSQL_PASSWORD, MYSQL_DATABASE and MYSQL_ROOT_PASSWORD like the script of the official image.
set -euo pipefail
data=/var/lib/mysql socket=/run/mysqld/mysqld.sock
if [ ! -d "$data/mysql" ]; then
    mariadb-install-db --no-defaults --datadir="$data" --skip-test-db --auth-root-authentication-method=normal >/dev/null
    mariadbd --no-defaults --datadir="$data" --socket="$socket" --skip-networking &
    until mariadb-admin --no-defaults --socket="$socket" --user=root --silent ping; do sleep 0.5; done
    mariadb --no-defaults --socket="$socket" --user=root <<END
create database \`$MYSQL_DATABASE\` character set utf8mb4 collate utf8mb4_unicode_ci;
create user '$MYSQL_USER'@'%' identified by '$MYSQL_PASSWORD';
grant all on \`$MYSQL_DATABASE\`.* to '$MYSQL_USER'@'%';
alter user root@localhost identified by '$MYSQL_ROOT_PASSWORD';
shutdown;
END
    wait
fi
[ "${1:-}" = mysqld ] && shift
exec mariadbd --no-defaults --datadir="$data" --socket="$socket" --bind-address=0.0.0.0 "$@"
