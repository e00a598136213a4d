"""What a wake sets off. A lost one costs seconds: the clock looks for itself."""

from celery import shared_task

from portal import codes


@shared_task(name=codes.SEND, ignore_result=True)
def send_code(knock_id: int) -> None:
    codes.send(knock_id)
