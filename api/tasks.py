"""What a wake sets off. A lost one costs seconds: the clock looks for itself."""

from celery import shared_task

from api.webhooks import sending


@shared_task(name=sending.SEND, ignore_result=True)
def send_webhooks(endpoint_id: int) -> None:
    sending.run(endpoint_id)
