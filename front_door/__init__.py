"""The front door: the streaming way in, for any form and any content, from any client."""
