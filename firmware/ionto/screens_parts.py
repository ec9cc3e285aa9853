"""What the screens share: figures as text, title bar, message bar, the mark of the built-in calibration."""

from ionto import font, font_digits, limits, messages

WIDTH = 128
HEIGHT = 64


def ma_text(current_ua):
    """A current as text in mA: two decimals below 10 mA, one from there on."""
    hundredths = (current_ua + 5) // 10
    if hundredths < 1000:
        return "%d.%02d" % (hundredths // 100, hundredths % 100)
    tenths = (current_ua + 50) // 100
    return "%d.%d" % (tenths // 10, tenths % 10)


def volt_text(voltage_mv):
    """A voltage as text with its unit, one decimal."""
    tenths = (voltage_mv + 50) // 100
    return "%d.%d V" % (tenths // 10, tenths % 10)


def ohm_text(resistance_ohm):
    """A resistance as text with its unit; "" for None."""
    if resistance_ohm is None:
        return ""
    if resistance_ohm < 1000:
        return "%d Ω" % resistance_ohm
    if resistance_ohm < 10000:
        tenths = resistance_ohm // 100
        return "%d.%d kΩ" % (tenths // 10, tenths % 10)
    if resistance_ohm < 1000000:
        return "%d kΩ" % (resistance_ohm // 1000)
    return "> 999 kΩ"


def ma_key(current_ua):
    """A number that differs exactly when `ma_text` does, without making a string."""
    hundredths = (current_ua + 5) // 10
    if hundredths < 1000:
        return hundredths
    return 1000000 + (current_ua + 50) // 100


def ohm_key(resistance_ohm):
    """A number that differs exactly when `ohm_text` does."""
    if resistance_ohm is None:
        return -1
    if resistance_ohm < 1000:
        return resistance_ohm
    if resistance_ohm < 10000:
        return 1000000 + resistance_ohm // 100
    if resistance_ohm < 1000000:
        return 2000000 + resistance_ohm // 1000
    return 3000000


def clock_text(time_s):
    """A time as mm:ss."""
    return "%02d:%02d" % (time_s // 60, time_s % 60)


def charge_text(charge_ua_s):
    """A charge as text with its unit, in mA·min."""
    hundredths = (charge_ua_s + 300) // 600
    return "%d.%02d mA·min" % (hundredths // 100, hundredths % 100)


def mode_name(view):
    """The name of the view's mode."""
    number: int = view.mode
    return limits.MODES[number].name


def title(fb, left, right):
    """The bar at the top, dark on light: mode and state."""
    fb.fill_rect(0, 0, WIDTH, 9, 1)
    font.text(fb, left, 2, 1, 0)
    font.right_aligned(fb, right, WIDTH - 2, 1, 0)


def tag(fb, string, right, y):
    """A word in an inverse box that ends before `right`."""
    width_px = font.text_width(string) + 4
    fb.fill_rect(right - width_px, y, width_px, 9, 1)
    font.text(fb, string, right - width_px + 2, y + 1, 0)


def calibration_mark(fb, view, right=WIDTH, y=27):
    """Says that the figures come from the built-in calibration of the simulated board, not from this board's own."""
    if view.calibration == messages.CALIBRATION_BUILTIN:
        tag(fb, "SIM CAL", right, y)


def message(fb, string):
    """What to do, at the bottom: bold, dark on light, one line or two."""
    bottom_bar(fb, string, True)


def bottom_bar(fb, string, bold=False):
    """An inverse bar at the bottom, as high as its words need."""
    lines = font.wrap(string, WIDTH - 4, bold)
    if len(lines) == 2:
        # Two lines of about the same length, rather than a full one and a word.
        even = font.wrap(string, font.text_width(string, bold) // 2 + 20, bold)
        lines = even if len(even) == 2 else lines
    height_px = 9 * len(lines) + 2
    top = HEIGHT - height_px
    fb.fill_rect(0, top - 1, WIDTH, 1, 0)
    fb.fill_rect(0, top, WIDTH, height_px, 1)
    for index, line in enumerate(lines):
        font.centred(fb, line, top + 2 + 9 * index, 0, bold)


def arrows(fb, x, y):
    """UP and DOWN beside the figure that they change; 13 pixels high."""
    font.text(fb, "▲", x, y - 1)
    font.text(fb, "▼", x, y + 7)


def big_ma(fb, current_ua, label=""):
    """A current in big digits at the left edge, with its unit below what it is."""
    x = font_digits.number(fb, ma_text(current_ua), 0, 12, font_digits.BIG)
    font.text(fb, label, x + 1, 12)
    font.text(fb, "mA", x + 1, 27)


def medium_ma(fb, current_ua, x, y):
    """A current in middle-sized digits, with its unit; returns the x behind it."""
    x = font_digits.number(fb, ma_text(current_ua), x, y, font_digits.MEDIUM)
    return font.text(fb, "mA", x + 1, y + 6)


def medium_clock(fb, time_s, y=12):
    """A time as mm:ss in middle-sized digits at the right edge."""
    string = clock_text(time_s)
    font_digits.number(fb, string, WIDTH - font_digits.width(string, font_digits.MEDIUM), y, font_digits.MEDIUM)


def medium_minutes(fb, minutes, y=12):
    """Minutes in middle-sized digits at the right edge; returns the x where they begin."""
    string = "%d" % minutes
    unit_px = font.text_width("min") + 2
    x = WIDTH - unit_px - font_digits.width(string, font_digits.MEDIUM)
    font_digits.number(fb, string, x, y, font_digits.MEDIUM)
    font.right_aligned(fb, "min", WIDTH, y + 6)
    return x
