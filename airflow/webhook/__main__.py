"""`python -m webhook` serves; `python -m webhook rotate` and `retire` change the secret."""

import logging
import sys

from webhook import log, rotation
from webhook.settings import Settings, SettingsError

COMMANDS = {"rotate": rotation.rotate, "retire": rotation.retire}


def main(arguments: list[str]) -> int:
    """The exit code: 2 where a setting is wrong."""
    try:
        match arguments:
            case []:
                return _serve(Settings.read())
            case ["rotate" | "retire" as command]:
                print(COMMANDS[command](Settings.file_of_secrets()))
                return 0
    except (SettingsError, OSError) as error:
        print(f"webhook: {error}", file=sys.stderr)
        return 2
    print("usage: python -m webhook [rotate | retire]", file=sys.stderr)
    return 2


def _serve(settings: Settings) -> int:
    import uvicorn

    from webhook import app  # `rotate` and `retire` run where Airflow's packages are not

    settings.secrets()
    settings.password()
    log.configure()
    log.log(logging.INFO, "listening", host=settings.host, port=settings.port, airflow=settings.airflow_url)
    uvicorn.run(
        app.build(settings),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        # What is held in memory at once is this times the longest body.
        limit_concurrency=32,
        timeout_graceful_shutdown=10,
    )
    return 0


sys.exit(main(sys.argv[1:]))
