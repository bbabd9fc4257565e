"""Console script semai-e-sakip."""

from semai_kit.commandline import run


def main() -> None:
    run("semai_e_sakip.settings")


if __name__ == "__main__":
    main()
