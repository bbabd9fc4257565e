"""Column sizes of the other model modules. Money is semai_kit.money.MoneyField."""

VOLUME = {"max_digits": 12, "decimal_places": 3}
