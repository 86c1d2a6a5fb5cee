"""Transfers between accounts: objects, dicts, exceptions that are part of the game."""


class InsufficientFunds(Exception):
    pass


class Account:
    def __init__(self, owner, balance):
        self.owner = owner
        self.balance = balance
        self.history = []

    def withdraw(self, amount):
        if amount > self.balance:
            raise InsufficientFunds(self.owner)
        self.balance -= amount
        self.history.append(-amount)

    def deposit(self, amount):
        self.balance += amount
        self.history.append(amount)


class Bank:
    def __init__(self, size):
        self.accounts = {f"acc{i}": Account(f"owner{i}", 100 + i) for i in range(size)}
        self.failed = {}

    def transfer(self, source, target, amount):
        try:
            self.accounts[source].withdraw(amount)
            self.accounts[target].deposit(amount)
        except InsufficientFunds as e:
            self.failed[e.args[0]] = self.failed.get(e.args[0], 0) + 1
            return False
        return True


def main():
    bank = Bank(50)
    done = 0
    for i in range(12000):
        done += bank.transfer(f"acc{i * 7 % 50}", f"acc{(i * 13 + 1) % 50}", i * i % 97)
    return done, sum(bank.failed.values()), max(len(a.history) for a in bank.accounts.values())
