"""Check digits: what tells a card or an account number from any other number of that length."""

from __future__ import annotations


def luhn(value: str) -> bool:
    """ISO/IEC 7812-1, annex B: the check digit of payment cards. One random number in ten passes."""
    digits = [int(sign) for sign in value if sign in "0123456789"]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return len(digits) >= 12 and any(digits) and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def iban(value: str) -> bool:
    """ISO 13616 with ISO 7064 MOD 97-10. One random string in 97 passes."""
    plain = value.replace(" ", "").upper()
    if not (15 <= len(plain) <= 34 and plain.isascii() and plain.isalnum()):
        return False
    return int("".join(str(int(sign, 36)) for sign in plain[4:] + plain[:4])) % 97 == 1
