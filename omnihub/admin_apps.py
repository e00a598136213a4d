"""Django's admin, with our site in place of its own."""

from django.contrib.admin.apps import AdminConfig


class HubAdminConfig(AdminConfig):
    default_site = "omnihub.admin_site.HubSite"
