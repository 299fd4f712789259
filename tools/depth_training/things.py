"""The kinds of things that stand in made-up scenes, each built of a few ellipsoids, boxes and cylinders.

A thing faces +z, stands on y = 0 and has its true size in metres. A table scene shrinks what is too
large for a table, so that a car there is a toy.
"""

from dataclasses import dataclass

ELLIPSOID, BOX, CYLINDER = 0, 1, 2
PARTS_PER_THING = 10

# What a part is painted with. Parts of one thing with the same paint share one material.
FIRST, SECOND, THIRD, SKIN, HAIR, LEAF, WOOD, DARK, SCREEN = range(9)
PAINTS = 9

# The kinds of places, and how often each is drawn.
PLACES = ("street", "room", "table", "portrait", "land", "anything")
PLACE_SHARES = (0.14, 0.20, 0.36, 0.18, 0.06, 0.06)


@dataclass(frozen=True)
class Part:
    shape: int
    centre: tuple        # x, y, z in metres
    half_size: tuple     # x, y, z in metres, before the tilt
    paint: int = FIRST
    tilt: tuple = (0, 0, 0)  # degrees about x, y and z
    ragged: float = 0    # 0: smooth outline, 1: leaves, hair


@dataclass(frozen=True)
class Thing:
    name: str
    weights: tuple       # how often it is drawn in each of PLACES
    parts: tuple
    jitter: float = 0.1  # how much the sizes and places of the parts vary


def ball(centre, half_size, paint=FIRST, tilt=(0, 0, 0), ragged=0.0):
    return Part(ELLIPSOID, centre, half_size, paint, tilt, ragged)


def box(centre, half_size, paint=FIRST, tilt=(0, 0, 0)):
    return Part(BOX, centre, half_size, paint, tilt)


def rod(centre, half_size, paint=FIRST, tilt=(0, 0, 0)):
    return Part(CYLINDER, centre, half_size, paint, tilt)


def four(make, x, y, z, *arguments):
    """The same part at four corners: legs, wheels."""
    return tuple(make((sx * x, y, sz * z), *arguments) for sx in (-1, 1) for sz in (-1, 1))


STANDING = Thing("standing person", (10, 7, 3, 7, 5, 3), (
    ball((0, 1.60, 0), (.095, .13, .115), SKIN),
    ball((0, 1.65, -.025), (.105, .115, .12), HAIR, ragged=.25),
    ball((0, 1.20, 0), (.21, .31, .13), FIRST),
    ball((0, .87, 0), (.18, .16, .14), SECOND),
    ball((-.26, 1.16, .02), (.065, .33, .07), FIRST, (-10, 0, -8)),
    ball((.26, 1.16, .04), (.065, .33, .07), FIRST, (-25, 0, 10)),
    rod((-.10, .43, 0), (.085, .45, .09), SECOND, (3, 0, 0)),
    rod((.10, .43, 0), (.085, .45, .09), SECOND, (-6, 0, 0)),
    ball((-.31, .84, .07), (.05, .10, .05), SKIN),
    ball((.31, .88, .17), (.05, .10, .05), SKIN)))

BUST = Thing("head and shoulders", (0, 2, 1, 26, 0, 1), (
    ball((0, .42, 0), (.095, .135, .115), SKIN),
    ball((0, .475, -.03), (.108, .115, .12), HAIR, ragged=.35),
    rod((0, .25, -.01), (.055, .10, .06), SKIN),
    ball((0, -.08, 0), (.235, .30, .14), FIRST),
    ball((-.20, .05, 0), (.10, .13, .11), FIRST),
    ball((.20, .05, 0), (.10, .13, .11), FIRST),
    ball((0, .405, .115), (.018, .03, .025), SKIN),
    ball((-.036, .44, .098), (.018, .010, .012), DARK),
    ball((.036, .44, .098), (.018, .010, .012), DARK),
    ball((0, .335, .055), (.07, .055, .065), HAIR, ragged=.5)))

HEADPHONES = Thing("head with headphones", (0, 1, 0, 10, 0, 0), (
    ball((0, .42, 0), (.095, .135, .115), SKIN),
    ball((0, .485, -.02), (.104, .095, .115), HAIR, ragged=.3),
    rod((0, .25, -.01), (.055, .10, .06), SKIN),
    ball((0, -.08, 0), (.235, .30, .14), FIRST),
    ball((-.20, .04, 0), (.09, .13, .11), FIRST),
    ball((.20, .04, 0), (.09, .13, .11), FIRST),
    rod((-.105, .41, 0), (.045, .02, .045), DARK, (0, 0, 90)),
    rod((.105, .41, 0), (.045, .02, .045), DARK, (0, 0, 90)),
    ball((0, .40, .115), (.018, .03, .025), SKIN),
    box((0, .445, .105), (.075, .015, .01), DARK)))

SEATED = Thing("seated person", (2, 6, 1, 8, 2, 2), (
    ball((0, 1.22, 0), (.095, .13, .115), SKIN),
    ball((0, 1.27, -.025), (.105, .115, .12), HAIR, ragged=.25),
    ball((0, .82, 0), (.21, .31, .14), FIRST),
    rod((-.11, .50, .22), (.085, .25, .085), SECOND, (90, 0, 0)),
    rod((.11, .50, .22), (.085, .25, .085), SECOND, (90, 0, 0)),
    rod((-.11, .24, .46), (.06, .25, .06), SECOND),
    rod((.11, .24, .46), (.06, .25, .06), SECOND),
    ball((-.26, .76, .15), (.06, .27, .06), FIRST, (-50, 0, 0)),
    ball((.26, .76, .15), (.06, .27, .06), FIRST, (-50, 0, 0)),
    box((0, .62, -.22), (.25, .45, .03), THIRD)))

HAND = Thing("hand and arm", (0, 1, 5, 5, 0, 1), (
    ball((0, .12, -.22), (.045, .045, .22), FIRST, (-12, 0, 0)),
    ball((0, .17, .03), (.045, .022, .06), SKIN, (-12, 0, 0)),
    ball((-.034, .185, .12), (.011, .011, .05), SKIN, (-8, -6, 0)),
    ball((-.011, .19, .13), (.011, .011, .055), SKIN, (-10, -2, 0)),
    ball((.012, .19, .128), (.011, .011, .052), SKIN, (-10, 2, 0)),
    ball((.034, .185, .11), (.010, .010, .042), SKIN, (-8, 8, 0)),
    ball((-.06, .165, .04), (.012, .012, .045), SKIN, (0, -40, 0)),
    rod((0, .12, -.02), (.036, .012, .036), SECOND, (78, 0, 0))), .15)

DOG = Thing("dog, cat or horse", (2, 5, 3, 3, 4, 3), (
    ball((0, .42, 0), (.12, .14, .30), FIRST, ragged=.1),
    ball((0, .62, .33), (.085, .09, .10), FIRST, ragged=.1),
    ball((0, .59, .44), (.045, .04, .07), SECOND),
    *four(rod, .075, .16, .20, (.03, .17, .03), FIRST),
    ball((0, .52, -.36), (.03, .03, .15), FIRST, (35, 0, 0), .2),
    ball((-.06, .72, .32), (.025, .055, .015), SECOND, (0, 0, 15)),
    ball((.06, .72, .32), (.025, .055, .015), SECOND, (0, 0, -15))), .18)

RABBIT = Thing("toy rabbit or monster", (1, 3, 8, 1, 2, 2), (
    ball((0, .22, 0), (.17, .22, .17), FIRST),
    ball((0, .54, .03), (.15, .15, .15), FIRST),
    ball((-.07, .78, 0), (.04, .14, .03), FIRST, (0, 0, 12)),
    ball((.07, .78, 0), (.04, .14, .03), FIRST, (0, 0, -12)),
    ball((-.09, .05, .14), (.06, .05, .10), SECOND),
    ball((.09, .05, .14), (.06, .05, .10), SECOND),
    ball((-.17, .28, .06), (.05, .12, .05), FIRST, (-40, 0, -20)),
    ball((.17, .28, .06), (.05, .12, .05), FIRST, (-40, 0, 20)),
    ball((-.055, .58, .16), (.03, .03, .025), THIRD),
    ball((.055, .58, .16), (.03, .03, .025), THIRD)), .2)

TREE = Thing("tree", (8, 0, 1, 2, 12, 3), (
    rod((0, 1.3, 0), (.16, 1.3, .16), WOOD, (2, 0, 2)),
    rod((.35, 2.5, 0), (.07, .6, .07), WOOD, (0, 0, -35)),
    rod((-.35, 2.4, .1), (.07, .6, .07), WOOD, (10, 0, 35)),
    ball((0, 3.6, 0), (1.2, 1.0, 1.2), LEAF, ragged=.75),
    ball((.8, 3.2, .2), (.8, .7, .8), LEAF, ragged=.75),
    ball((-.8, 3.1, -.1), (.8, .7, .8), LEAF, ragged=.75),
    ball((.1, 3.0, .8), (.7, .6, .7), LEAF, ragged=.75),
    ball((.2, 4.4, 0), (.7, .7, .7), LEAF, ragged=.75)), .3)

FIR = Thing("fir or cypress", (3, 0, 1, 1, 7, 1), (
    rod((0, .6, 0), (.10, .7, .10), WOOD),
    ball((0, 1.6, 0), (.85, .8, .85), LEAF, ragged=.7),
    ball((0, 2.5, 0), (.65, .8, .65), LEAF, ragged=.7),
    ball((0, 3.4, 0), (.42, .8, .42), LEAF, ragged=.7),
    ball((0, 4.1, 0), (.2, .6, .2), LEAF, ragged=.7)), .25)

BUSH = Thing("bush or grass", (4, 0, 2, 2, 9, 2), (
    ball((0, .35, 0), (.55, .40, .5), LEAF, ragged=.8),
    ball((.5, .3, .1), (.45, .32, .4), LEAF, ragged=.8),
    ball((-.45, .28, .15), (.4, .3, .4), LEAF, ragged=.8),
    ball((.1, .25, .5), (.4, .28, .3), LEAF, ragged=.8),
    ball((0, .5, -.3), (.5, .4, .4), LEAF, ragged=.8),
    ball((.2, .62, 0), (.06, .06, .06), FIRST),
    ball((-.3, .5, .2), (.06, .06, .06), FIRST),
    ball((0, .2, .7), (.9, .12, .3), LEAF, ragged=.9)), .35)

POTTED = Thing("plant in a pot", (1, 5, 6, 3, 1, 2), (
    rod((0, .12, 0), (.12, .12, .12), FIRST),
    rod((0, .40, 0), (.012, .22, .012), WOOD, (4, 0, 4)),
    ball((.12, .50, 0), (.16, .03, .06), LEAF, (0, 20, 35), .3),
    ball((-.13, .55, .02), (.16, .03, .06), LEAF, (0, -15, -40), .3),
    ball((.02, .58, .12), (.06, .03, .16), LEAF, (-35, 0, 0), .3),
    ball((0, .52, -.12), (.06, .03, .16), LEAF, (35, 10, 0), .3),
    ball((.08, .68, .03), (.05, .15, .03), LEAF, (0, 0, -25), .3),
    ball((-.06, .70, 0), (.05, .16, .03), LEAF, (10, 0, 20), .3),
    ball((0, .45, .08), (.12, .10, .10), LEAF, (0, 0, 0), .8)), .25)

CAR = Thing("car", (10, 0, 3, 1, 2, 2), (
    box((0, .55, 0), (.85, .28, 2.1), FIRST),
    box((0, 1.05, -.2), (.74, .26, 1.1), DARK),
    box((0, 1.33, -.2), (.70, .03, 1.0), FIRST),
    *four(rod, .80, .32, 1.3, (.32, .10, .32), DARK, (0, 0, 90)),
    box((-.6, .62, 2.1), (.15, .08, .03), THIRD),
    box((.6, .62, 2.1), (.15, .08, .03), THIRD),
    box((0, .35, 2.12), (.3, .07, .02), SECOND)), .12)

VAN = Thing("van, bus or lorry", (4, 0, 1, 0, 1, 1), (
    box((0, 1.5, -.6), (1.0, 1.1, 2.3), FIRST),
    box((0, 1.05, 2.2), (.95, .65, .5), SECOND),
    box((0, 1.5, 2.25), (.85, .3, .5), DARK),
    *four(rod, .92, .42, 1.7, (.42, .12, .42), DARK, (0, 0, 90))), .2)

BICYCLE = Thing("bicycle", (4, 1, 1, 1, 2, 1), (
    rod((0, .34, .52), (.34, .02, .34), DARK, (0, 0, 90)),
    rod((0, .34, -.52), (.34, .02, .34), DARK, (0, 0, 90)),
    rod((0, .62, .0), (.02, .48, .02), FIRST, (75, 0, 0)),
    rod((0, .55, .30), (.02, .40, .02), FIRST, (-25, 0, 0)),
    rod((0, .55, -.2), (.02, .40, .02), FIRST, (15, 0, 0)),
    ball((0, .98, -.25), (.08, .04, .13), DARK),
    rod((0, 1.0, .42), (.02, .28, .02), DARK, (0, 0, 90))), .1)

SHELF = Thing("shelf with books", (0, 9, 3, 4, 0, 1), (
    box((-.5, .9, 0), (.02, .9, .16), WOOD),
    box((.5, .9, 0), (.02, .9, .16), WOOD),
    box((0, .9, -.15), (.5, .9, .01), WOOD),
    box((0, .1, 0), (.5, .02, .16), WOOD),
    box((0, .7, 0), (.5, .02, .16), WOOD),
    box((0, 1.3, 0), (.5, .02, .16), WOOD),
    box((-.12, .28, -.02), (.34, .15, .11), FIRST),
    box((.10, .88, -.03), (.30, .16, .10), SECOND),
    box((-.15, 1.46, -.02), (.25, .13, .11), THIRD),
    ball((.3, 1.42, 0), (.09, .11, .08), THIRD)), .2)

TABLE = Thing("table with things", (1, 9, 1, 4, 1, 2), (
    box((0, .73, 0), (.7, .025, .42), WOOD),
    *four(rod, .62, .35, .36, (.03, .36, .03), WOOD),
    box((-.3, .80, .05), (.14, .05, .10), FIRST, (0, 25, 0)),
    rod((.25, .85, -.05), (.05, .10, .05), SECOND),
    ball((.02, .82, .15), (.07, .07, .07), THIRD),
    rod((.45, .88, .1), (.03, .13, .03), FIRST)), .2)

CHAIR = Thing("chair", (1, 8, 2, 3, 1, 2), (
    box((0, .45, 0), (.22, .03, .22), FIRST),
    box((0, .80, -.20), (.22, .22, .02), FIRST, (-8, 0, 0)),
    *four(rod, .19, .22, .19, (.018, .22, .018), WOOD),
    rod((-.19, .60, -.2), (.018, .2, .018), WOOD),
    rod((.19, .60, -.2), (.018, .2, .018), WOOD)), .15)

SOFA = Thing("sofa or bed", (0, 7, 1, 5, 0, 1), (
    box((0, .25, 0), (.95, .20, .42), FIRST),
    box((0, .60, -.36), (.95, .32, .12), FIRST, (-8, 0, 0)),
    box((-.92, .42, 0), (.12, .25, .42), FIRST),
    box((.92, .42, 0), (.12, .25, .42), FIRST),
    ball((-.45, .62, -.14), (.24, .20, .10), SECOND, (-15, 0, 8)),
    ball((.45, .60, -.14), (.24, .20, .10), THIRD, (-15, 0, -8)),
    ball((-.4, .46, .05), (.42, .07, .36), FIRST),
    ball((.4, .46, .05), (.42, .07, .36), FIRST)), .15)

MONITOR = Thing("screen on a stand", (0, 7, 4, 5, 0, 1), (
    box((0, .42, 0), (.34, .21, .02), DARK),
    box((0, .42, .015), (.32, .19, .01), SCREEN),
    rod((0, .12, -.03), (.03, .12, .03), DARK),
    rod((0, .01, 0), (.14, .012, .10), DARK),
    box((0, .02, .28), (.22, .012, .07), FIRST),
    ball((.32, .02, .28), (.03, .02, .05), FIRST)), .15)

LAPTOP = Thing("laptop", (0, 4, 5, 4, 0, 1), (
    box((0, .015, 0), (.17, .01, .12), FIRST),
    box((0, .12, -.15), (.17, .11, .006), FIRST, (-15, 0, 0)),
    box((0, .122, -.143), (.155, .097, .004), SCREEN, (-15, 0, 0)),
    box((0, .026, .0), (.15, .003, .06), DARK)), .1)

BOARD = Thing("board, poster or sign", (3, 6, 3, 4, 1, 2), (
    box((0, 1.25, 0), (.55, .40, .02), WOOD),
    box((0, 1.25, .012), (.51, .36, .012), SCREEN),
    rod((-.4, .42, -.02), (.02, .43, .02), WOOD),
    rod((.4, .42, -.02), (.02, .43, .02), WOOD)), .3)

BOTTLE = Thing("bottles and a cup", (0, 3, 10, 1, 0, 2), (
    rod((-.08, .09, 0), (.035, .09, .035), FIRST),
    ball((-.08, .18, 0), (.035, .04, .035), FIRST),
    rod((-.08, .24, 0), (.012, .05, .012), FIRST),
    rod((-.08, .29, 0), (.014, .012, .014), SECOND),
    rod((-.08, .09, 0), (.036, .04, .036), SCREEN),
    rod((.06, .05, .04), (.04, .05, .04), SECOND),
    ball((.115, .05, .04), (.022, .03, .008), SECOND),
    ball((.05, .04, -.09), (.04, .04, .04), THIRD)), .25)

LAMP = Thing("lamp", (0, 5, 4, 3, 0, 1), (
    rod((0, .01, 0), (.09, .012, .09), FIRST),
    rod((0, .20, 0), (.010, .20, .010), FIRST, (6, 0, 8)),
    rod((.06, .45, 0), (.008, .12, .008), FIRST, (0, 0, -40)),
    rod((.02, .44, 0), (.10, .07, .10), SECOND, (0, 0, 12)),
    ball((.02, .40, 0), (.04, .05, .04), THIRD)), .25)

POLE = Thing("lamp post or sign", (8, 0, 1, 1, 3, 1), (
    rod((0, 2.2, 0), (.05, 2.2, .05), FIRST),
    rod((.35, 4.35, 0), (.03, .4, .03), FIRST, (0, 0, 80)),
    box((.7, 4.4, 0), (.2, .05, .09), SECOND),
    box((0, 2.6, .05), (.3, .22, .01), SCREEN),
    box((0, .25, 0), (.12, .25, .12), FIRST)), .2)

FENCE = Thing("fence or railing", (6, 1, 2, 1, 5, 1), (
    *(rod((-1.5 + .5 * k, .5, 0), (.025, .5, .025), WOOD) for k in range(7)),
    box((0, .85, 0), (1.6, .035, .02), WOOD),
    box((0, .4, 0), (1.6, .035, .02), WOOD)), .08)

BOOKS = Thing("stack of books and boxes", (1, 5, 11, 2, 0, 2), (
    box((0, .02, 0), (.13, .02, .10), FIRST, (0, 5, 0)),
    box((.01, .06, 0), (.12, .018, .09), SECOND, (0, -12, 0)),
    box((0, .10, .01), (.11, .022, .08), THIRD, (0, 20, 0)),
    box((-.01, .145, 0), (.09, .02, .07), FIRST, (0, -3, 0)),
    box((.17, .13, .02), (.018, .13, .09), SCREEN, (0, 0, 6)),
    box((.22, .12, .02), (.02, .12, .09), SECOND, (0, 0, 8)),
    box((-.2, .08, .05), (.06, .08, .05), THIRD, (0, 35, 0)),
    ball((.02, .20, .01), (.04, .035, .04), SECOND)), .25)

FRUIT = Thing("fruit in a bowl", (0, 3, 8, 1, 0, 2), (
    ball((0, .03, 0), (.16, .05, .16), FIRST),
    *(ball((.09 * sx, .09, .08 * sz), (.05, .05, .05), paint)
      for sx, sz, paint in ((-1, -1, SECOND), (1, -1, THIRD), (-1, 1, THIRD), (1, 1, SECOND))),
    ball((0, .14, 0), (.05, .05, .05), SECOND),
    ball((.24, .04, .06), (.04, .04, .04), THIRD),
    ball((-.22, .03, .14), (.03, .03, .09), SECOND, (0, 30, 0))), .2)

ROCKS = Thing("rocks", (2, 0, 4, 1, 8, 3), tuple(
    ball((x, y, z), (a, b, c), paint, (0, turn, 0), .12)
    for x, y, z, a, b, c, turn, paint in (
        (0, .15, 0, .5, .3, .4, 0, FIRST), (.6, .1, .2, .3, .2, .25, 40, FIRST),
        (-.5, .12, .3, .25, .22, .3, 70, SECOND), (.1, .08, .6, .2, .14, .2, 20, FIRST),
        (-.2, .4, -.3, .4, .4, .35, 60, SECOND), (.4, .05, .7, .12, .09, .1, 0, FIRST))), .35)

MUG_TREE = Thing("pens, cables and sticks", (0, 3, 7, 1, 1, 2), (
    rod((0, .05, 0), (.04, .05, .04), FIRST),
    rod((-.02, .12, 0), (.005, .10, .005), SECOND, (8, 0, 14)),
    rod((.01, .13, .01), (.005, .10, .005), THIRD, (-6, 0, -10)),
    rod((.015, .12, -.01), (.004, .10, .004), DARK, (12, 0, -18)),
    rod((.22, .008, .05), (.006, .12, .006), SECOND, (90, 30, 0)),
    rod((-.2, .008, .1), (.006, .12, .006), THIRD, (90, -50, 0)),
    box((-.15, .004, -.1), (.10, .004, .07), SCREEN, (0, 20, 0)),
    box((.15, .004, -.12), (.08, .004, .11), SCREEN, (0, -10, 0))), .3)

THINGS = (STANDING, BUST, HEADPHONES, SEATED, HAND, DOG, RABBIT, TREE, FIR, BUSH, POTTED, CAR, VAN,
          BICYCLE, SHELF, TABLE, CHAIR, SOFA, MONITOR, LAPTOP, BOARD, BOTTLE, LAMP, POLE, FENCE,
          BOOKS, FRUIT, ROCKS, MUG_TREE)
NAMES = tuple(thing.name for thing in THINGS)


def height_of(thing):
    """The thing's height in metres, roughly."""
    return max(part.centre[1] + max(part.half_size[1], .5 * max(part.half_size))
               for part in thing.parts)
