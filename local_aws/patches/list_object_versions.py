"""URL-encoded keys in ListObjectVersions.

AWS: `encoding-type=url` encodes every key and marker. SDKs always send it, and decode the response.
ministack 1.5.33: ignores it here (not in ListObjects), so a `+` in a key becomes a space.
In Terraform: `force_destroy` of a bucket with such a key deletes keys that do not exist, in an endless loop. Every Airflow
log has such a key (`run_id=…+00:00`).
Remove when `_list_object_versions` in services/s3.py of ministack reads `encoding-type`.
"""

from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

from local_aws.patches.replace import Function, replace

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
ENCODED = {f"{{{NAMESPACE}}}{name}" for name in ("Key", "Prefix", "Delimiter", "KeyMarker", "NextKeyMarker")}


def apply() -> None:
    """Encode the same elements as AWS."""
    from ministack.services import s3

    @replace(s3, "_list_object_versions", "bucket_name query_params")
    def list_object_versions(
        original: Function, bucket_name: str, query_params: dict[str, Any]
    ) -> tuple[int, dict[str, str], bytes]:
        status, headers, body = original(bucket_name, query_params)
        if status == 200 and "url" in query_params.get("encoding-type", ""):
            body = url_encode_keys(body)
        return status, headers, body


def url_encode_keys(body: bytes) -> bytes:
    """Return the listing with URL-encoded keys; slashes are not encoded."""
    root = ElementTree.fromstring(body)  # noqa: S314 - this process has written it
    for element in root.iter():
        if element.tag in ENCODED and element.text:
            element.text = quote(element.text, safe="/")
    ElementTree.SubElement(root, f"{{{NAMESPACE}}}EncodingType").text = "url"
    encoded: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True, default_namespace=NAMESPACE)
    return encoded
