"""`python -m feedhub`: the command, where no script is on the path."""

from feedhub.cli import main

if __name__ == "__main__":  # worker processes import their parent's main module under another name
    main()
