"""The admin: what admins connect, watch and mend. One class a file."""

from conversations.admin.agents import AgentAdmin
from conversations.admin.blocked import BlockedSenderAdmin
from conversations.admin.channels import ChannelAdmin
from conversations.admin.customers import CustomerAdmin
from conversations.admin.deliveries import AilingDeliveryAdmin, DeliveryAdmin
from conversations.admin.house import hide_foreign_rooms
from conversations.admin.identities import IdentityAdmin
from conversations.admin.macros import MacroAdmin
from conversations.admin.quarantine import QuarantineAdmin
from conversations.admin.receipts import ReceiptAdmin
from conversations.admin.tags import TagAdmin
from conversations.admin.teams import TeamAdmin
from conversations.admin.workspace import WorkspaceAdmin

__all__ = [
    "AgentAdmin",
    "AilingDeliveryAdmin",
    "BlockedSenderAdmin",
    "ChannelAdmin",
    "CustomerAdmin",
    "DeliveryAdmin",
    "IdentityAdmin",
    "MacroAdmin",
    "QuarantineAdmin",
    "ReceiptAdmin",
    "TagAdmin",
    "TeamAdmin",
    "WorkspaceAdmin",
]

hide_foreign_rooms()
