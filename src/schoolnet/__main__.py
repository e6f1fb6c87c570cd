"""`python -m schoolnet`: the command line where its script is on no PATH."""

from schoolnet.cli import main

if __name__ == "__main__":
    main()
