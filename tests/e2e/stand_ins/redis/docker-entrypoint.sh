#!/bin/sh
# As the official image's script: options alone are redis-server's.
case "${1:-}" in -*|*.conf) set -- redis-server "$@" ;; esac
[ "${1:-}" = redis-server ] && set -- "$@" --bind '*' --protected-mode no
exec "$@"
