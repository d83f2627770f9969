"""Sign-in to ElastiCache by IAM: `rediss://…?credential_provider=airflow_on_aws.celery.elasticache.IamToken&ssl_cert_reqs=required`.

AIRFLOW_ON_AWS_BROKER says as whom and where: {"cache": the replication group's id, "user": the user's id}.
"""

import json
import os
import time
from urllib.parse import urlencode

from botocore.model import ServiceId
from botocore.session import get_session
from botocore.signers import RequestSigner
from redis import CredentialProvider

LIFE_SECONDS = 900  # as ElastiCache has it
KEPT_SECONDS = 840


class IamToken(CredentialProvider):
    """A user name and a token, at each new connection. The token is a signed request to connect, without its scheme."""

    def __init__(self) -> None:
        broker = json.loads(os.environ["AIRFLOW_ON_AWS_BROKER"])
        self._user: str = broker["user"]
        self._url = f"http://{broker['cache']}/?{urlencode({'Action': 'connect', 'User': self._user})}"
        self._token, self._kept_until = "", 0.0

    def get_credentials(self) -> tuple[str, str]:
        """What redis asks for when it connects; raises botocore's exceptions."""
        if time.monotonic() >= self._kept_until:
            self._token = self._sign()
            self._kept_until = time.monotonic() + KEPT_SECONDS
        return self._user, self._token

    def _sign(self) -> str:
        session = get_session()
        region = session.get_config_variable("region")
        emitter = session.get_component("event_emitter")
        signer = RequestSigner(
            ServiceId("elasticache"), region, "elasticache", "v4", session.get_credentials(), emitter
        )
        request = {"method": "GET", "url": self._url, "body": {}, "headers": {}, "context": {}}
        url: str = signer.generate_presigned_url(request, "connect", LIFE_SECONDS, region)
        return url.removeprefix("http://")
