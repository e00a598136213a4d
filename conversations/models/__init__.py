"""The nouns, one a file."""

from conversations.models.agent import Agent, Giving, Role, Team
from conversations.models.automatic import AutomaticAnswer
from conversations.models.blob import Blob
from conversations.models.blocked import BlockedSender
from conversations.models.bulk import BulkJob, BulkRow, RowState
from conversations.models.case import Case, Priority, Status, Tag
from conversations.models.change import Change, ChangeKind
from conversations.models.channel import Channel
from conversations.models.channel_test import ChannelTest
from conversations.models.continuing import ContinueLink
from conversations.models.conversation import ClockTimestamp, Conversation
from conversations.models.customer import Customer
from conversations.models.delivery import (
    AilingDelivery,
    Delivery,
    DeliveryState,
    Failover,
    Recipient,
)
from conversations.models.desk import Draft, DraftKind, ReadMark
from conversations.models.duty import Availability, Duty
from conversations.models.heartbeat import Heartbeat
from conversations.models.identity import Claim, Identity, IdentityKind
from conversations.models.look import Look, LookKind, LookState, Scan
from conversations.models.macro import Macro
from conversations.models.mention import Mention
from conversations.models.message import Attachment, Kind, Message
from conversations.models.notice import Notice, NoticeKind
from conversations.models.participant import Participant, ParticipantState
from conversations.models.personal import Erasure, ErasureState, Export, ExportState, Tombstone
from conversations.models.rearrangement import (
    RearrangedRow,
    Rearrangement,
    RearrangementKind,
)
from conversations.models.receipt import QuarantinedReceipt, Receipt, ReceiptState
from conversations.models.saved_view import SavedView
from conversations.models.tally import Tally
from conversations.models.target import TargetEdition
from conversations.models.waiting_report import WaitingReport
from conversations.models.workspace import Workspace

__all__ = [
    "Agent", "AilingDelivery", "Attachment", "AutomaticAnswer", "Availability", "Blob",
    "BlockedSender", "BulkJob", "BulkRow", "Case", "Change", "ChangeKind", "Channel",
    "ChannelTest", "Claim", "ClockTimestamp", "ContinueLink", "Conversation", "Customer",
    "Delivery", "DeliveryState", "Draft", "DraftKind", "Duty", "Erasure", "ErasureState", "Export",
    "ExportState", "Failover", "Giving", "Heartbeat", "Identity", "IdentityKind", "Kind",
    "Look", "LookKind", "LookState", "Macro", "Mention", "Message", "Notice", "NoticeKind",
    "Participant", "ParticipantState", "Priority", "QuarantinedReceipt", "ReadMark",
    "RearrangedRow", "Rearrangement", "RearrangementKind", "Receipt", "ReceiptState",
    "Recipient", "Role", "RowState", "SavedView", "Scan", "Status", "Tag", "Tally",
    "TargetEdition", "Team", "Tombstone", "WaitingReport", "Workspace",
]  # fmt: skip
