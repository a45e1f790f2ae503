"""Faults of a webhook that does not simply accept a card. Each takes the post's handler; says whether it kept the card."""
import socket
import struct
import time

# As a fault's answer: the card was kept, but the sender cannot know.
UNANSWERED = "unanswered"


def _refuse(handler, status, **headers):
    handler.send_response(status)
    for name, value in {**headers, "Content-Length": "0"}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    return False


def answer_500(handler):
    return _refuse(handler, 500)


def answer_429(handler):
    return _refuse(handler, 429, Retry_After="7")


def reset(handler):
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.close_connection = True
    handler.connection.close()
    return False


def hang(handler):
    time.sleep(12)  # longer than the notifier waits
    handler.close_connection = True
    return False


def accept_too_late(handler):
    hang(handler)
    return UNANSWERED


def garbage(handler):
    body = b"\x00\xff<html>" * 1000
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)
    return False  # no chat's success looks so: it is posted again


def close_connections(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "2")
    handler.end_headers()
    handler.wfile.write(b"ok")
    handler.close_connection = True  # without saying so
    return True
