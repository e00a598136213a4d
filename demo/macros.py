"""What Kalma's agents say again and again."""

from typing import Any

MACROS: tuple[dict[str, Any], ...] = (
    {
        "name": "Where is my order",
        "text_en": "Hi {{customer.first_name}},\n\nyour parcel is on its way. I look again "
        "tomorrow and write to you if it has not moved.",
        "text_es": "Hola {{customer.first_name}}:\n\ntu pedido está en camino. Mañana lo vuelvo "
        "a mirar y te escribo si no se ha movido.",
        "add_tags": "parcel",
        "snooze_hours": 24,
    },
    {
        "name": "Replacement approved",
        "text_en": "Hi {{customer.first_name}},\n\na new one leaves today at no cost, under case "
        "{{case.number}}. There is nothing to send back.",
        "text_es": "Hola {{customer.first_name}}:\n\nhoy sale uno nuevo sin coste, con el caso "
        "{{case.number}}. No tienes que devolver nada.",
        "add_tags": "warranty",
    },
    {
        "name": "Ask for a photo",
        "text_en": "Could you send me a photo of the label under the device? It says which batch "
        "it is.",
        "text_es": "¿Me mandas una foto de la etiqueta que hay debajo? Dice de qué lote es.",
    },
    {"name": "Escalate: safety", "add_tags": "safety", "priority": 3, "assign": "none"},
)
