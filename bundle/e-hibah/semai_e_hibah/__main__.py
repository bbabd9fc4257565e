"""Console script of the grants app."""

from semai_kit.commandline import run


def main() -> None:
    run("semai_e_hibah.settings")


if __name__ == "__main__":
    main()
