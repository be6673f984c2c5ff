"""``python -m avila_sci.jupyter.portable``: shell lines that set the target of kernels to any x86-64-v3 processor.

Prints nothing where this processor cannot run such code; kernels are then compiled for the processor at hand.
"""

from avila_sci.jupyter.warm import portable_cpu

if __name__ == "__main__":
    for name, value in portable_cpu().items():
        print(f'export {name}="{value}"')
