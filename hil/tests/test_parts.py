"""Converters and buses, bit by bit."""

import pytest

from hil.tests.remote import PROGRAM, Remote


@pytest.fixture
def remote(make_rig):
    options = {"load": "hil.person:Resistor", "load_arguments": {"ohm": 4700}, "area": 1.0, "tolerance_sigma": 0}
    remote = Remote(make_rig(program=PROGRAM, **options))
    yield remote
    remote.off()


def readings(remote):
    return [int(text) for text in remote.ask("list(seen)").strip("[]").split(", ")]


def stop_ticks(remote):
    remote.do("timer.deinit(); wanted[2] = 0")


def test_every_converter_reads_what_is_physically_there(remote):
    remote.drive(1725)
    now = remote.rig.truth.now
    a_current, a_voltage, reference, ground, b_current, amplifier, rail, battery = readings(remote)
    assert a_current * 1.25 == pytest.approx(now["current_na"] / 1000, abs=4)
    assert a_voltage * 12.5 == pytest.approx(now["electrode_mv"], abs=40)
    assert reference == pytest.approx(2048, abs=3)
    assert ground <= 3
    assert b_current * 7.3 == pytest.approx(now["current_na"] / 1000, abs=80)
    assert amplifier * 3300 / 4096 * 16 == pytest.approx(now["amplifier_mv"], abs=150)
    assert rail * 3.3 / 4096 * 16 == pytest.approx(18, abs=0.2)
    assert battery * 3.3 / 4096 * 3 == pytest.approx(3.9, abs=0.05)


def test_the_body_range_has_its_own_gain_rail_and_shunt(remote):
    remote.do("select_range(1); select_trip(1)")
    remote.drive(1000)
    assert remote.rig.truth.amplifier_mv == pytest.approx(10000, abs=2)
    assert remote.rig.truth.current_ua == pytest.approx(10e6 / 5170, rel=0.001)
    values = readings(remote)
    assert values[0] * 6.25 == pytest.approx(10e6 / 5170, abs=15)
    assert values[6] * 3.3 / 4096 * 16 == pytest.approx(48, abs=0.5)


def test_the_amplifier_ends_1_v_below_its_rail(make_rig):
    rig = make_rig(program=PROGRAM, load="hil.person:Resistor", load_arguments={"ohm": 100000}, tolerance_sigma=0)
    remote = Remote(rig)
    rig.board.fault("dac_gain", 1.2)
    remote.do("wanted[0] = 4095")
    assert rig.truth.amplifier_mv == 17000


def spi_code(select, data):
    return f"x = bytearray({list(data)!r}); {select}(0); spi.write_readinto(x, x); {select}(1)"


def received(remote):
    return bytes(int(text) for text in remote.ask("list(x)").strip("[]").split(", "))


@pytest.mark.parametrize(("data", "shift"), [([0x06, 0x80, 0], 0), ([0x01, 0xA0, 0, 0], 6), ([0, 0x06, 0x80, 0], 0)])
def test_the_adc_follows_its_start_bit(remote, data, shift):
    stop_ticks(remote)
    remote.do(spi_code("cs_adc", data))
    assert (int.from_bytes(received(remote), "big") >> shift) & 0xFFF == pytest.approx(2048, abs=3)


def test_a_wrong_frame_gives_the_wrong_bits(remote):
    stop_ticks(remote)
    remote.do(spi_code("cs_adc", [0x03, 0x40, 0x00]))
    out = received(remote)
    assert ((out[1] & 15) << 8 | out[2]) != pytest.approx(2048, abs=10)


def test_undriven_bits_read_high(remote):
    stop_ticks(remote)
    remote.do(spi_code("cs_adc", [0x06, 0xC0, 0x00]))
    out = received(remote)
    assert out[0] == 0xFF
    assert out[1] & 0xF0 == 0xE0


@pytest.mark.parametrize(
    ("data", "millivolt"),
    [
        ([0x11, 0xF4], 2000),  # 500, gain 2x
        ([0x31, 0xF4], 1000),  # gain 1x
        ([0x01, 0xF4], 0),  # shut down
        ([0x11], 0),  # too short: ignored
        ([0x11, 0xF4, 0xFF], 2000),  # clocks after the 16th do not count
        ([0x91, 0xF4], 0),  # the other channel
    ],
)
def test_the_dac_takes_16_bits_when_its_select_rises(remote, data, millivolt):
    stop_ticks(remote)
    remote.do(f"cs_dac(0); spi.write(bytes({data!r}))")
    assert remote.rig.truth.amplifier_mv == 0
    remote.do("cs_dac(1)")
    assert remote.rig.truth.amplifier_mv == pytest.approx(millivolt, abs=1)


@pytest.mark.parametrize("select", ["1", "cs_adc(0); cs_dac(0)"])
def test_spi_with_no_part_or_both_selected_is_an_error(remote, select):
    stop_ticks(remote)
    remote.rig.expect_error("no part or both")
    remote.do(f"{select}; spi.write(b'12'); cs_adc(1); cs_dac(1)")
    assert any("no part or both" in text for text in remote.rig.errors)


def test_i2c_answers_only_at_the_addresses_of_display_and_fram(remote):
    remote.do("i2c = I2C(1, scl=Pin(3), sda=Pin(2), freq=400_000)")
    assert remote.ask("i2c.scan()") == "[60, 80]"
    remote.do("i2c.writeto(0x51, b'1')")
    assert b"OSError(5,)" in remote.rig.transport.read(0.05)


def test_the_display_shows_what_was_written_when_it_is_on(remote):
    rig = remote.rig
    remote.do("i2c = I2C(1, scl=Pin(3), sda=Pin(2), freq=400_000)")
    remote.do(r"i2c.writeto(60, b'\x00\x20\x00\x21\x00\x7f\x22\x00\x07\xa1\xc8')")
    remote.do(r"i2c.writeto(60, b'\x40' + b'\x01' * 128 + b'\x80')")
    assert rig.panel.image().getextrema() == (0, 0)
    remote.do(r"i2c.writeto(60, b'\x00\x8d\x14\xaf')")
    image = rig.panel.image()
    assert image.size == (128, 64)
    assert image.getpixel((0, 0)) == 255
    assert image.getpixel((127, 0)) == 255
    assert image.getpixel((0, 1)) == 0
    assert image.getpixel((0, 15)) == 255
    assert image.getpixel((1, 15)) == 0


def test_i2c_takes_its_time_on_the_wire(remote):
    remote.do("i2c = I2C(1, scl=Pin(3), sda=Pin(2), freq=400_000)")
    remote.do("n = wanted[1]; i2c.writeto(60, b'\\x40' * 129); n = wanted[1] - n")
    assert remote.ask("n") in ("5", "6")


def test_the_uart_loses_what_does_not_fit(remote):
    remote.do("for i in range(9): uart.write(b'x' * 200)", 50)
    assert 500 < len(remote.rig.transport.read(0.01)) < 1200


def test_buzzer_and_led_are_seen(remote):
    rig = remote.rig
    remote.do("led(1); p = PWM(Pin(4)); p.freq(880); p.duty_u16(32768)", 20)
    assert rig.panel.led
    assert rig.panel.tone_hz == 880
    remote.do("led(0); p.duty_u16(0)", 20)
    assert not rig.panel.led
    assert [hz for _, hz in rig.panel.buzzer_log] == [880, 0]
    remote.do("k1(1)")
    assert rig.panel.led


def test_a_stuck_converter_stays_stuck(remote):
    remote.rig.board.stick_adc(0, 1234)
    remote.rig.board.stick_adc(4, 77)
    remote.rig.advance(5)
    values = readings(remote)
    assert values[0] == 1234
    assert values[4] in range(70, 85)
