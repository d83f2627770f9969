"""Responses that leave in one piece.

AWS: the head of a small response and its body arrive together.
ministack 1.5.33: hypercorn, which serves it, sends them one after the other, up to milliseconds apart on a busy machine.
In Terraform: its DynamoDB client gives the connection up when a head comes without its body, and asks once more. The
first PutItem of a state lock took effect, so its condition refuses the second: an apply is refused by its own lock.
Remove when H11Protocol of hypercorn writes both at once, or when the AWS SDK for Go waits for the body.
"""

from typing import Any

from local_aws.patches.replace import Function, replace


def apply() -> None:
    """Hold each head back until what follows it is there."""
    import h11
    from hypercorn.events import RawData
    from hypercorn.protocol.h11 import H11Protocol

    def wrap(original: Function) -> Function:
        async def send_h11_event(self: Any, event: Any) -> None:
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
            if self.send is send_head:  # the client went away: nothing was sent
                self.send = send

        return send_h11_event

    replace(H11Protocol, "_send_h11_event", "self event", wrap)
