"""The inbox's addresses: every state of the page is one."""

from django.urls import path

from inbox.views import actions, changes, files, me, new, pages, rearranging, saved, search, writing

app_name = "inbox"

urlpatterns = [
    path("", pages.home, name="home"),
    path("q/<slug:key>/", pages.queue, name="queue"),
    path("q/<slug:key>/c/<int:case_id>/", pages.case, name="case"),
    path("c/<int:case_id>/", pages.bare_case, name="bare-case"),
    path("c/<int:case_id>/feed", changes.feed, name="feed"),
    path("c/<int:case_id>/changes", changes.changes, name="changes"),
    path("c/<int:case_id>/messages", writing.messages, name="messages"),
    path("c/<int:case_id>/messages/<int:message_id>/cancel", writing.cancel, name="cancel"),
    path("c/<int:case_id>/messages/<int:message_id>/send-now", writing.send_now, name="send-now"),
    path("c/<int:case_id>/drafts", writing.draft, name="draft"),
    path("c/<int:case_id>/assign", actions.assign, name="assign"),
    path("c/<int:case_id>/take", actions.take, name="take"),
    path("c/<int:case_id>/move", actions.move, name="move"),
    path("c/<int:case_id>/resolve", actions.resolve, name="resolve"),
    path("c/<int:case_id>/reopen", actions.reopen, name="reopen"),
    path("c/<int:case_id>/snooze", actions.snooze, name="snooze"),
    path("c/<int:case_id>/unsnooze", actions.unsnooze, name="unsnooze"),
    path("c/<int:case_id>/spam", actions.spam, name="spam"),
    path("c/<int:case_id>/not-spam", actions.not_spam, name="not-spam"),
    path("c/<int:case_id>/block", actions.block, name="block"),
    path("c/<int:case_id>/unblock", actions.unblock, name="unblock"),
    path("c/<int:case_id>/topic", actions.rename, name="rename"),
    path("c/<int:case_id>/tags", actions.tag, name="tags"),
    path("c/<int:case_id>/priority", actions.prioritise, name="priority"),
    path("c/<int:case_id>/split", rearranging.split, name="split"),
    path("c/<int:case_id>/merge", rearranging.merge, name="merge"),
    path("c/<int:case_id>/merge/<int:other_id>", rearranging.merge_with, name="merge-with"),
    path(
        "c/<int:case_id>/put-back/<int:rearrangement_id>",
        rearranging.put_back_view,
        name="put-back",
    ),
    path("c/<int:case_id>/read", actions.read, name="read"),
    path("c/<int:case_id>/participants/<int:participant_id>/accept", actions.accept, name="accept"),
    path("c/<int:case_id>/m/<int:message_id>/give", actions.give, name="give"),
    path("c/<int:case_id>/m/<int:message_id>/take-back", actions.take_back, name="take-back"),
    path("c/<int:case_id>/sharing", actions.sharing, name="sharing"),
    path(
        "c/<int:case_id>/deliveries/<int:delivery_id>/send-again",
        actions.send_again,
        name="send-again",
    ),
    path("c/<int:case_id>/m/<int:message_id>/body", files.body, name="body"),
    path("c/<int:case_id>/m/<int:message_id>/images/<int:number>/", files.image, name="image"),
    path("attachments/<int:attachment_id>/", files.attachment, name="attachment"),
    path("search/", search.search, name="search"),
    path("search/c/<int:case_id>/", search.open_found, name="found"),
    path("views/", saved.save, name="save-view"),
    path("views/<int:view_id>/", saved.change, name="change-view"),
    path("views/<int:view_id>/delete", saved.delete, name="delete-view"),
    path("views/<int:view_id>/restore", saved.restore, name="restore-view"),
    path("new/", new.new, name="new"),
    path("me/", me.me, name="me"),
    path("me/theme", me.theme, name="theme"),
]
