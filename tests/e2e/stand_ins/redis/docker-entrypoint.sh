#!/bin/sh
# Like the script of the official image: options without a program are passed to redis-server.
case "${1:-}" in -*|*.conf) set -- redis-server "$@" ;; esac
[ "${1:-}" = redis-server ] && set -- "$@" --bind '*' --protected-mode no
exec "$@"
