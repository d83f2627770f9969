"""Sign-in, as Airflow's FAB auth manager reads it: names in capitals are settings of Flask-AppBuilder.

There is nothing to edit here: AIRFLOW_OAUTH_… variables decide, see docs/how-to/sign-in.md.
"""

import os

from airflow.configuration import conf
from airflow_on_aws.sign_in.oauth_settings import read_or_leave
from airflow_on_aws.sign_in.security_manager import SecurityManager
from flask_appbuilder.const import AUTH_DB, AUTH_OAUTH

SIGN_IN = read_or_leave(os.environ)
SECURITY_MANAGER_CLASS = SecurityManager
AUTH_TYPE = AUTH_OAUTH if SIGN_IN else AUTH_DB
OAUTH_PROVIDERS = [SIGN_IN.flask_provider()] if SIGN_IN else []
# Flask-AppBuilder's own registration would let anybody register: ours admits who the provider vouches for.
AUTH_USER_REGISTRATION = False

WTF_CSRF_ENABLED = True
# The provider sends people back with a GET from its own site, which Lax lets through and Strict does not.
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = conf.get("api", "base_url", fallback="").startswith("https://")
# The default, said so that the limiter does not warn: each api-server counts for itself.
RATELIMIT_STORAGE_URI = "memory://"
