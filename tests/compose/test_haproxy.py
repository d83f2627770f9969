import re
import subprocess
from pathlib import Path

import yaml

from tests.programs import program

AIRFLOW = Path(__file__).parents[2] / "airflow"
TEXT = (AIRFLOW / "haproxy.cfg").read_text()


def test_haproxy_accepts_its_configuration() -> None:
    check = [program("haproxy", "haproxy"), "-c", "-f", str(AIRFLOW / "haproxy.cfg")]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "[WARNING]" not in done.stderr


def test_every_published_port_is_served_by_a_service() -> None:
    services = yaml.safe_load((AIRFLOW / "compose.yaml").read_text())["services"]
    published = {port.rsplit(":", 1)[1] for port in services["haproxy"]["ports"]}
    assert published == set(re.findall(r"bind :(\d+)", TEXT)) - {"8404"}
    servers = set(re.findall(r"server \S+ ([\w-]+):\d+", TEXT))
    assert servers
    assert servers <= services.keys()
