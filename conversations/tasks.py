"""What a wake sets off. Tasks carry ids, run under a minute, and may be lost or doubled."""

from celery import shared_task

from conversations import outbox
from conversations.services import bulk as many
from conversations.services import exporting, intake, looks
from conversations.wake import BULK, DELIVER, EXPORT, LOOK, PROCESS_RECEIPT


@shared_task(name=PROCESS_RECEIPT, ignore_result=True)
def process_receipt(receipt_id: int) -> None:
    intake.process(receipt_id)


@shared_task(name=DELIVER, ignore_result=True)
def deliver(delivery_id: int) -> None:
    outbox.deliver(delivery_id)


@shared_task(name=BULK, ignore_result=True)
def bulk(job_id: int) -> None:
    many.run(job_id)


@shared_task(name=EXPORT, ignore_result=True)
def export(export_id: int) -> None:
    exporting.run(export_id)


@shared_task(name=LOOK, ignore_result=True)
def look(blob_id: int) -> None:
    looks.look(blob_id)
