"""Console script `semai-e-budgeting`."""

from semai_kit.commandline import run


def main() -> None:
    run("semai_e_budgeting.settings")


if __name__ == "__main__":
    main()
