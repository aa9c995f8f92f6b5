import sys

try:
    from hamlet.cli import main
except ModuleNotFoundError as error:
    if error.name is None or error.name.startswith("hamlet"):
        raise
    sys.stderr.write(f"hamlet: this Python has no {error.name}; make setup, then .venv/bin/python main.py …\n")
    sys.exit(2)

main()
