"""What the pages read. Everything starts from `Case.objects.visible_to(agent)`."""
