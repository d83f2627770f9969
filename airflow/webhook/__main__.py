"""`python -m webhook` starts the service; `python -m webhook rotate` and `retire` change the secret."""

import logging
import sys

from webhook import log, rotation
from webhook.settings import Settings, SettingsError

COMMANDS = {"rotate": rotation.rotate, "retire": rotation.retire}


def main(arguments: list[str]) -> int:
    """Run the command; return exit code 2 for an invalid setting or argument."""
    try:
        match arguments:
            case []:
                return _serve(Settings.from_environment())
            case ["rotate" | "retire" as command]:
                print(COMMANDS[command](Settings.secrets_path()))
                return 0
    except (SettingsError, OSError) as error:
        print(f"webhook: {error}", file=sys.stderr)
        return 2
    print("usage: python -m webhook [rotate | retire]", file=sys.stderr)
    return 2


def _serve(settings: Settings) -> int:
    import uvicorn

    from webhook.app import create_app  # imported here: `rotate` and `retire` must run without Airflow's packages

    settings.secrets()
    settings.password()
    log.configure()
    log.log(logging.INFO, "listening", host=settings.host, port=settings.port, airflow=settings.airflow_url)
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        # Limits the memory for bodies to this number times LONGEST_BODY.
        limit_concurrency=32,
        timeout_graceful_shutdown=10,
    )
    return 0


sys.exit(main(sys.argv[1:]))
