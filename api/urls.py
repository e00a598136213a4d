"""The API's addresses."""

from django.urls import path

from api.views import (
    actions,
    cases,
    channels,
    conversations,
    docs,
    finding,
    me,
    messages,
    people,
    writing,
)

app_name = "api"

urlpatterns = [
    path("v1/schema/", docs.schema, name="schema"),
    path("v1/docs/", docs.docs, name="docs"),
    path("v1/me/", me.Me.as_view(), name="me"),
    path("v1/cases/", writing.Cases.as_view(), name="cases"),
    path("v1/cases/<int:case_id>/", cases.OneCase.as_view(), name="case"),
    path("v1/cases/<int:case_id>/messages/", writing.CaseMessages.as_view(), name="case-messages"),
    path("v1/cases/<int:case_id>/notes/", writing.CaseNotes.as_view(), name="case-notes"),
    path("v1/cases/<int:case_id>/assign/", actions.Assign.as_view(), name="assign"),
    path("v1/cases/<int:case_id>/take/", actions.Take.as_view(), name="take"),
    path("v1/cases/<int:case_id>/move/", actions.Move.as_view(), name="move"),
    path("v1/cases/<int:case_id>/resolve/", actions.Resolve.as_view(), name="resolve"),
    path("v1/cases/<int:case_id>/reopen/", actions.Reopen.as_view(), name="reopen"),
    path("v1/cases/<int:case_id>/spam/", actions.Spam.as_view(), name="spam"),
    path("v1/cases/<int:case_id>/not-spam/", actions.NotSpam.as_view(), name="not-spam"),
    path("v1/cases/<int:case_id>/snooze/", actions.Snooze.as_view(), name="snooze"),
    path("v1/cases/<int:case_id>/unsnooze/", actions.Unsnooze.as_view(), name="unsnooze"),
    path("v1/cases/<int:case_id>/topic/", actions.Topic.as_view(), name="topic"),
    path("v1/cases/<int:case_id>/tags/", actions.Tags.as_view(), name="tags"),
    path("v1/cases/<int:case_id>/priority/", actions.Prioritise.as_view(), name="priority"),
    path("v1/cases/<int:case_id>/read/", actions.Read.as_view(), name="read"),
    path("v1/search/messages/", finding.SearchMessages.as_view(), name="search-messages"),
    path("v1/search/cases/", finding.SearchCases.as_view(), name="search-cases"),
    path("v1/views/", finding.Views.as_view(), name="views"),
    path("v1/views/<slug:key>/cases/", finding.ViewCases.as_view(), name="view-cases"),
    path("v1/conversations/", conversations.Conversations.as_view(), name="conversations"),
    path(
        "v1/conversations/<int:conversation_id>/",
        conversations.OneConversation.as_view(),
        name="conversation",
    ),
    path(
        "v1/conversations/<int:conversation_id>/messages/",
        conversations.ConversationMessages.as_view(),
        name="conversation-messages",
    ),
    path(
        "v1/conversations/<int:conversation_id>/changes/",
        conversations.Changes.as_view(),
        name="changes",
    ),
    path("v1/customers/", people.Customers.as_view(), name="customers"),
    path("v1/customers/<int:customer_id>/", people.OneCustomer.as_view(), name="customer"),
    path("v1/identities/", people.Identities.as_view(), name="identities"),
    path("v1/identities/<int:identity_id>/", people.OneIdentity.as_view(), name="identity"),
    path("v1/messages/<int:message_id>/", messages.OneMessage.as_view(), name="message"),
    path(
        "v1/attachments/<int:attachment_id>/", messages.OneAttachment.as_view(), name="attachment"
    ),
    path("v1/messages/<int:message_id>/cancel/", writing.Cancel.as_view(), name="cancel"),
    path("v1/messages/<int:message_id>/redact/", writing.Redact.as_view(), name="redact"),
    path("v1/messages/<int:message_id>/send-now/", writing.SendNow.as_view(), name="send-now"),
    path(
        "v1/deliveries/<int:delivery_id>/send-again/",
        writing.SendAgain.as_view(),
        name="send-again",
    ),
    path("v1/deliveries/", messages.Deliveries.as_view(), name="deliveries"),
    path("v1/deliveries/<int:delivery_id>/", messages.OneDelivery.as_view(), name="delivery"),
    path("v1/channels/", channels.Channels.as_view(), name="channels"),
    path("v1/channels/<int:channel_id>/", channels.OneChannel.as_view(), name="channel"),
    path("v1/receipts/", channels.Receipts.as_view(), name="receipts"),
    path("v1/receipts/<int:receipt_id>/", channels.OneReceipt.as_view(), name="receipt"),
    path("v1/receipts/<int:receipt_id>/raw/", channels.Raw.as_view(), name="raw"),
    path("v1/receipts/<int:receipt_id>/replay/", channels.Replay.as_view(), name="replay"),
]
