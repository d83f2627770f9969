"""Responses sent in one piece.

AWS: headers and body of a small response arrive together.
ministack 1.5.33: its web server, hypercorn, sends them separately, milliseconds apart on a busy machine.
In Terraform: its DynamoDB client drops the connection if headers arrive without the body, and retries. The first PutItem of
a state lock has taken effect, so its condition rejects the retry: an apply is blocked by its own lock.
Remove when H11Protocol of hypercorn writes both at once, or when the AWS SDK for Go waits for the body.
"""

from typing import Any

from local_aws.patches.replace import Function, replace


def apply() -> None:
    """Delay the headers until the first part of the body is available."""
    import h11
    from hypercorn.events import RawData
    from hypercorn.protocol.h11 import H11Protocol

    @replace(H11Protocol, "_send_h11_event", "self event")
    async def send_h11_event(original: Function, self: Any, event: Any) -> None:
        if not isinstance(event, h11.Response):
            await original(self, event)
            return
        send = self.send

        async def send_head(head: RawData) -> None:
            async def send_with_head(rest: Any) -> None:
                self.send = send
                if isinstance(rest, RawData):
                    await send(RawData(data=head.data + rest.data))
                else:
                    await send(head)
                    await send(rest)

            self.send = send_with_head

        self.send = send_head
        await original(self, event)
        if self.send is send_head:  # the client has disconnected, nothing was sent
            self.send = send
