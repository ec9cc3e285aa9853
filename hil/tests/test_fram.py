"""The simulated FRAM: addresses, what it keeps, its time on the wire, and power that fails within a write."""

import pytest

from hil.tests.remote import PROGRAM, Remote

START = "i2c = I2C(1, scl=Pin(3), sda=Pin(2), freq=400_000); b = bytearray(4)"


@pytest.fixture
def remote(make_rig):
    remote = Remote(make_rig(program=PROGRAM, load="hil.person:Resistor", tolerance_sigma=0, fram="blank"))
    remote.do(START)
    yield remote
    remote.off()


def read(remote, address, count=4):
    remote.do(f"b = bytearray({count}); i2c.readfrom_mem_into(80, {address}, b, addrsize=16)", 20)
    return bytes.fromhex(remote.ask("b.hex()").strip("'"))


@pytest.mark.emu
def test_bytes_stand_where_they_were_written_and_after_power_off(remote):
    remote.do(r"i2c.writeto_mem(80, 0x1234, b'\x01\x02\x03', addrsize=16)")
    assert read(remote, 0x1233, 5) == b"\x00\x01\x02\x03\x00"
    remote.rig.board.power_off()
    remote.rig.board.power_on()
    remote.rig.advance(300)
    remote.do(START)
    assert read(remote, 0x1234) == b"\x01\x02\x03\x00"


@pytest.mark.emu
def test_addresses_wrap_at_32_kib_and_have_15_bits(remote):
    remote.do(r"i2c.writeto_mem(80, 0x7FFF, b'\x01\x02', addrsize=16)")
    assert read(remote, 0x7FFF, 2) == b"\x01\x02"
    assert read(remote, 0, 1) == b"\x02"
    assert read(remote, 0xFFFF, 1) == b"\x01"


@pytest.mark.emu
def test_a_read_without_an_address_goes_on_where_the_last_one_ended(remote):
    remote.do(r"i2c.writeto_mem(80, 0x10, b'\x01\x02\x03\x04\x05', addrsize=16)")
    assert read(remote, 0x10, 2) == b"\x01\x02"
    remote.do("i2c.readfrom_into(80, b)")
    assert remote.ask("b.hex()") == "'0304'"


def test_a_write_takes_22_5_us_a_byte(remote):
    remote.do("n = time.ticks_us(); i2c.writeto_mem(80, 0, bytes(128), addrsize=16); n = time.ticks_us() - n", 20)
    assert 131 * 22.5 < int(remote.ask("n")) < 131 * 22.5 + 300
    remote.do("n = time.ticks_us(); i2c.readfrom_mem_into(80, 0, bytearray(128), addrsize=16); n = time.ticks_us() - n")
    assert 132 * 22.5 < int(remote.ask("n")) < 132 * 22.5 + 300


@pytest.mark.parametrize("after", [0, 1, 3, 7])
def test_power_cut_after_a_byte_leaves_those_before_it(remote, after):
    rig = remote.rig
    rig.board.fault("fram_cut", after)
    remote.do(r"i2c.writeto_mem(80, 0x100, b'\x01\x02\x03\x04\x05\x06\x07\x08', addrsize=16)")
    assert not rig.truth.now["powered"]
    rig.board.power_on()
    rig.advance(300)
    remote.do(START)
    assert read(remote, 0x100, 8) == bytes(range(1, after + 1)) + bytes(8 - after)
    remote.do(r"i2c.writeto_mem(80, 0x200, b'\x01\x02\x03\x04', addrsize=16)")
    assert read(remote, 0x200) == b"\x01\x02\x03\x04"


def test_part_that_is_absent_does_not_answer(remote):
    remote.rig.board.fault("fram_absent")
    remote.do("i2c.readfrom_mem_into(80, 0, b, addrsize=16)")
    assert b"OSError(5,)" in remote.rig.transport.read(0.05)
    assert remote.ask("i2c.scan()") == "[60]"
    remote.rig.board.fault("fram_absent", 0)
    assert read(remote, 0) == bytes(4)


def test_part_that_is_protected_keeps_what_it_had(remote):
    remote.do(r"i2c.writeto_mem(80, 0, b'\x01\x02', addrsize=16)")
    remote.rig.board.fault("fram_protected")
    remote.do(r"i2c.writeto_mem(80, 0, b'\x05\x06', addrsize=16)")
    assert read(remote, 0, 2) == b"\x01\x02"


def test_a_bit_flips(remote):
    remote.rig.board.fault("fram_flip", 8 * 3 + 2)
    assert read(remote, 0) == b"\x00\x00\x00\x04"
