"""Console script of the small app, run as the real ones are."""

from semai_kit.commandline import run


def main() -> None:
    run("semai_kit.tests.garden.settings")


if __name__ == "__main__":
    main()
