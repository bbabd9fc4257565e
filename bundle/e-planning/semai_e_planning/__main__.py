"""Console script semai-e-planning."""

from semai_kit.commandline import run


def main() -> None:
    run("semai_e_planning.settings")


if __name__ == "__main__":
    main()
