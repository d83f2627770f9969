"""IAM authentication for ElastiCache.

Used in the URL `rediss://…?credential_provider=airflow_on_aws.celery.elasticache.IamToken&ssl_cert_reqs=required`.
AIRFLOW_ON_AWS_BROKER names the cache and the user: {"cache": <id of the replication group>, "user": <id of the user>}.
"""

import json
import os
import time
from urllib.parse import urlencode

from botocore.model import ServiceId
from botocore.session import get_session
from botocore.signers import RequestSigner
from redis import CredentialProvider

TOKEN_SECONDS = 900  # the lifetime that ElastiCache allows
CACHE_SECONDS = 840


class IamToken(CredentialProvider):
    """Provides user name and token for each new connection. A token is a presigned `connect` request without scheme."""

    def __init__(self) -> None:
        broker = json.loads(os.environ["AIRFLOW_ON_AWS_BROKER"])
        self._user: str = broker["user"]
        self._url = f"http://{broker['cache']}/?{urlencode({'Action': 'connect', 'User': self._user})}"
        self._token, self._sign_at = "", 0.0

    def get_credentials(self) -> tuple[str, str]:
        """Return user name and token; redis-py calls this on connect. Raises botocore's exceptions."""
        if time.monotonic() >= self._sign_at:
            self._token = self._sign()
            self._sign_at = time.monotonic() + CACHE_SECONDS
        return self._user, self._token

    def _sign(self) -> str:
        session = get_session()
        region = session.get_config_variable("region")
        emitter = session.get_component("event_emitter")
        signer = RequestSigner(
            ServiceId("elasticache"), region, "elasticache", "v4", session.get_credentials(), emitter
        )
        request = {"method": "GET", "url": self._url, "body": {}, "headers": {}, "context": {}}
        url: str = signer.generate_presigned_url(request, "connect", TOKEN_SECONDS, region)
        return url.removeprefix("http://")
