"""Serves two models with llama.cpp's own server; prints their addresses, and ends with its standard input."""

import sys

import xllamacpp


def start(path, window):
    parameters = xllamacpp.CommonParams()
    parameters.model.path = path
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.n_ctx = window
    parameters.n_parallel = 1
    parameters.use_jinja = True
    parameters.endpoint_slots = True
    parameters.warmup = False
    parameters.cpuparams.n_threads = 1
    parameters.api_keys = ["sk-hush"]
    return xllamacpp.Server(parameters)


window = int(sys.argv[1])
servers = [start(path, window) for path in sys.argv[2:]]
for server in servers:
    print(server.listening_address, flush=True)
sys.stdin.read()
