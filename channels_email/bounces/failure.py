"""The words of machines: that something failed, and which names they go by."""

from __future__ import annotations

import re

FAILURE = re.compile(
    r"undeliver|non-?deliver|status notification|not (?:yet )?(?:been )?(?:be )?deliver|"
    r"del[ie]ver(?:y|ed|ing)?\b.{0,60}(?:fail|abort|problem|error|suspend|postpon|delay|"
    r"reject)|fail(?:ed|ure)?\b.{0,60}(?:mail|deliver|notice|recipient|address|following)|"
    r"returned (?:mail|message|to sender)|has been returned|(?:un|not )able to (?:be )?deliver"
    r"|(?:could ?n[o']t|can ?n[o']t|cannot|unable to|was not|"
    r"wasn.t able to) (?:be )?(?:sen[dt]|deliver|reach)|not (?:receive|reach)|did n[o']t reach"
    r"|(?:unknown|no such) (?:user|address)|user unknown|mailbox (?:is )?full|over quota|"
    r"quota (?:violation|exceeded)|(?:permanent|fatal|delivery) error|returned permanent|"
    r"reject(?:ed|ion)|not exactly match|intended recipient|message delayed|delayed mail|"
    r"mail delay|error (?:sending|while|occurred)|addressed to|unavailable|non remis|"
    r"n'a pas pu|pas [ée]t[ée] (?:remis|d[ée]livr)|[ée]chec de (?:la )?(?:remise|distribution)"
    r"|unzustellbar|nicht zugestellt|konnte nicht|zustellung|no (?:pudo|ha podido|"
    r"se pudo) (?:ser )?entreg|no entregad|devuelt|n[ãa]o (?:p[ôo]de|foi|"
    r"pode) (?:ser )?(?:entreg|enviad)|mancata consegna|non (?:[èe] stato|"
    r"pu[òo] essere) (?:recapitat|consegnat)|impossibile (?:recapit|consegn)|"
    r"не (?:может быть )?доставлен|не удалось доставить|"
    r"недоставлен|送信でき|送信に失敗|配信でき|配送でき|届け|"
    r"エラー|退信|无法(?:发送|投递|送达)|投递失败|無法",
    re.IGNORECASE,
)
_LOCAL = re.compile(
    r"^(?:mailer?[-_. ]?daemon|mdaemon|postmaster|mail[-_. ]?(?:delivery|deliver)\b.*"
    r"|mail-?system|bounce|bounces|daemon|mdaemon)(?:\\?@|$)",
    re.IGNORECASE,
)
_SHOWN = re.compile(
    r"^[\"'<\s]*(?:mailer?[-_ ]?daemon|mdaemon|postmaster|(?:internet )?mail deliver|mail system"
    r"|pmdf e-?mail|mail transport|delivery (?:subsystem|notification))",
    re.IGNORECASE,
)
_SILENT = re.compile(r"^(?:no[-_.]?reply|do[-_.]?not[-_.]?reply|noreply)\b", re.IGNORECASE)


def is_machine(address: str) -> bool:
    """An address that mail servers speak from (RFC 2142 5, and custom)."""
    return _LOCAL.match(address) is not None


def is_machine_name(shown: str) -> bool:
    """A From field as it stands, where a server names itself."""
    return _SHOWN.match(shown) is not None


def is_silent(address: str) -> bool:
    """An address that wants no answer."""
    return _SILENT.match(address) is not None
