"""Writes two tiny models of random weights as GGUF files, for a server of models to load.

`text.gguf` says random words and never ends by itself. `calls.gguf` begins a tool call whenever the server's grammar lets
it, and ends otherwise: what is in the call, the grammar of the tool's schema decides. All weights are random but those
that lean to a token, so the server does everything that it does for a real model.
"""

import sys
from pathlib import Path

import gguf
import numpy

VOCABULARY, WIDTH, INNER, LAYERS, HEADS, WINDOW = 512, 32, 64, 1, 2, 32_768
END = 2
# The words that begin a call in the template below; one token, so that a model can lean to it.
CALL = b"<tool_call>\n"
CALL_TOKEN = 3 + 256
# The form in which several families of models are asked; the server finds out from it how calls are written.
TEMPLATE = (
    "{%- if tools %}<|im_start|>system\n{%- for tool in tools %}\n{{ tool | tojson }}{%- endfor %}\n<|im_end|>\n{%- endif %}"
    "{%- for message in messages %}"
    "{%- if message.role == 'assistant' %}<|im_start|>assistant{%- if message.content %}\n{{ message.content }}{%- endif %}"
    "{%- for call in message.tool_calls %}\n<tool_call>\n"
    '{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}}'
    "\n</tool_call>{%- endfor %}<|im_end|>\n"
    "{%- else %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{%- endif %}"
    "{%- endfor %}"
    "{%- if add_generation_prompt %}<|im_start|>assistant\n{%- endif %}"
)


def vocabulary(calls):
    """Special tokens, every byte, printable characters, and words nobody knows."""
    kind = gguf.TokenType
    tokens = [(b"<unk>", kind.UNKNOWN), (b"<s>", kind.CONTROL), (b"</s>", kind.CONTROL)]
    tokens += [(b"<0x%02X>" % byte, kind.BYTE) for byte in range(256)]
    # A server that waits for a call in free text wants its beginning in several tokens.
    tokens.append((CALL, kind.USER_DEFINED) if calls else ("\u2581nocall".encode(), kind.NORMAL))
    tokens += [(chr(code).replace(" ", "\u2581").encode(), kind.NORMAL) for code in range(0x20, 0x7F)]
    words = (f"\u2581{a}{b}{c}" for a in "bdfgklm" for b in "aeiou" for c in "nrst")
    tokens += [(word.encode(), kind.NORMAL) for _, word in zip(range(VOCABULARY - len(tokens)), words)]
    tokens += [(b"\xe2\x96\x81w%d" % number, kind.NORMAL) for number in range(VOCABULARY - len(tokens))]
    return tokens


def write(path, leans):
    """Writes a model whose next token is random but for `leans`: how much each of some tokens is preferred."""
    random = numpy.random.default_rng(1)
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("random")
    writer.add_context_length(WINDOW)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_vocab_size(VOCABULARY)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    tokens = vocabulary(calls=leans[CALL_TOKEN] > 0)
    writer.add_tokenizer_model("llama")
    writer.add_token_list([token for token, _ in tokens])
    writer.add_token_scores([-float(place) for place in range(VOCABULARY)])
    writer.add_token_types([int(kind) for _, kind in tokens])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(END)
    writer.add_unk_token_id(0)
    writer.add_chat_template(TEMPLATE)

    def tensor(name, *shape, scale=0.3):
        return name, (random.standard_normal(shape) * scale).astype(numpy.float32)

    tensors = [tensor("token_embd.weight", VOCABULARY, WIDTH), tensor("output.weight", VOCABULARY, WIDTH)]
    tensors.append(("output_norm.weight", numpy.ones(WIDTH, numpy.float32)))
    for layer in range(LAYERS):
        for name in ["attn_norm", "ffn_norm"]:
            tensors.append((f"blk.{layer}.{name}.weight", numpy.ones(WIDTH, numpy.float32)))
        shapes = {"attn_q": (WIDTH, WIDTH), "attn_k": (WIDTH, WIDTH), "attn_v": (WIDTH, WIDTH), "attn_output": (WIDTH, WIDTH)}
        shapes |= {"ffn_gate": (INNER, WIDTH), "ffn_up": (INNER, WIDTH), "ffn_down": (WIDTH, INNER)}
        tensors += [tensor(f"blk.{layer}.{name}.weight", *shape, scale=0.05) for name, shape in shapes.items()]
    for name, values in tensors:
        # The first dimension is the same for every token and stays so: by it the last layer leans.
        if name == "token_embd.weight":
            values[:, 0] = 4.0
        if name == "output.weight":
            values[:, 0] = 0.0
            for token, lean in leans.items():
                values[token, 0] = lean
        if name.endswith(("attn_output.weight", "ffn_down.weight")):
            values[0, :] = 0.0
        writer.add_tensor(name, values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


folder = Path(sys.argv[1])
write(folder / "text.gguf", {END: -30.0, CALL_TOKEN: -30.0})
write(folder / "calls.gguf", {END: 30.0, CALL_TOKEN: 20.0})
