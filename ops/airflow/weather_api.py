"""Weather service on loopback, in the format of the US National Weather Service, with invented weather."""

import json
import math
import sys
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


def observations(start: datetime, end: datetime) -> dict[str, object]:
    """Return an observation per hour, warmest in the afternoon. As in real data, one temperature is missing (03:00)."""
    hours = [start + timedelta(hours=hour) for hour in range(int((end - start) / timedelta(hours=1)))]
    return {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": _at(time)} for time in hours]}


def _at(time: datetime) -> dict[str, object]:
    warmth = 12 + time.day / 10 + 6 * math.sin((time.hour - 9) / 24 * 2 * math.pi)
    return {
        "timestamp": time.isoformat(),
        "temperature": {"unitCode": "wmoUnit:degC", "value": None if time.hour == 3 else round(warmth, 1)},
        "windSpeed": {"unitCode": "wmoUnit:km_h-1", "value": float(5 + time.hour % 7)},
    }


class Handler(BaseHTTPRequestHandler):
    """Handler for GET /stations/<station>/observations?start=…&end=…"""

    def do_GET(self) -> None:
        """Send the observations, which are the same for every station."""
        url = urlsplit(self.path)
        query = parse_qs(url.query)
        if not url.path.endswith("/observations") or not {"start", "end"} <= query.keys():
            self.send_error(404)
            return
        start, end = (datetime.fromisoformat(query[name][0]) for name in ("start", "end"))
        body = json.dumps(observations(start, end)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/geo+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
