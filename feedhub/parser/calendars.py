"""Names of months in the languages feeds are written in, and names of time zones.

Months are keyed by lower-case names without accents, and by the first three or four letters where no other
language disagrees; zones hold minutes east of Greenwich.
"""

from __future__ import annotations

from typing import Final

# Twelve names each, January first; a slash separates spellings.
_LANGUAGES: Final = (
    "jan/january feb/february mar/march apr/april may jun/june jul/july aug/august sep/sept/september "
    "oct/october nov/november dec/december",
    "janner/januar/jaenner februar/feber marz/maerz/mrz april mai juni juli august september oktober/okt "
    "november dezember/dez",
    "janvier/janv fevrier/fev/fevr mars avril/avr mai juin juillet/juil aout/aou septembre octobre "
    "novembre decembre",
    "enero/ene febrero marzo abril/abr mayo junio julio agosto/ago septiembre/setiembre/set octubre "
    "noviembre diciembre/dic",
    "gennaio/gen febbraio marzo aprile maggio/mag giugno/giu luglio/lug agosto settembre/sett ottobre/ott "
    "novembre dicembre",
    "janeiro fevereiro marco abril maio junho julho agosto setembro outubro/out novembro dezembro",
    "januari februari maart/mrt april mei/maj juni juli augustus/augusti september oktober november december",
    "januar februar marts/mars april maj/mai juni juli august september oktober november desember/des",
    "stycznia/styczen/sty lutego/luty/lut marca/marzec kwietnia/kwiecien/kwi maja/maj "
    "czerwca/czerwiec/cze lipca/lipiec/lip sierpnia/sierpien/sie wrzesnia/wrzesien/wrz "
    "pazdziernika/pazdziernik/paz listopada/listopad/lis grudnia/grudzien/gru",
    "januar/jan februar/feb marcius/marc aprilis majus junius julius augusztus szeptember/szept oktober "
    "november december",
    "ocak/oca subat/sub mart nisan/nis mayıs/mayis haziran/haz temmuz/tem agustos/agu eylul/eyl ekim/eki "
    "kasım/kasim/kas aralık/aralik/ara",
    "tammikuu/tammikuuta/tammi helmikuu/helmikuuta/helmi maaliskuu/maaliskuuta/maalis "
    "huhtikuu/huhtikuuta/huhti toukokuu/toukokuuta/touko kesakuu/kesakuuta/kesa heinakuu/heinakuuta/heina "
    "elokuu/elokuuta/elo syyskuu/syyskuuta/syys lokakuu/lokakuuta/loka marraskuu/marraskuuta/marras "
    "joulukuu/joulukuuta/joulu",
    "ledna/leden unora/unor brezna/brezen dubna/duben kvetna/kveten cervna/cerven cervence/cervenec "
    "srpna/srpen zari rijna/rijen listopadu prosince/prosinec",
    "января/январь/янв февраля/февраль/фев/февр марта/март/мар апреля/апрель/апр мая/маи "
    "июня/июнь/июн/июня июля/июль/июл августа/август/авг сентября/сентябрь/сен/сент октября/октябрь/окт "
    "ноября/ноябрь/ноя/нояб декабря/декабрь/дек",
    "січня/січень/січ/сiчня лютого/лютий/лют березня/березень/бер квітня/квітень/кві травня/травень/тра "
    "червня/червень/чер липня/липень/лип серпня/серпень/сер вересня/вересень/вер жовтня/жовтень/жов "
    "листопада/листопад/лис грудня/грудень/гру",
    "ιανουαριου/ιανουαριος/ιαν φεβρουαριου/φεβρουαριος/φεβ μαρτιου/μαρτιος/μαρ/μαω απριλιου/απριλιος/απρ "
    "μαιου/μαιος/μαι ιουνιου/ιουνιος/ιουν/ιον ιουλιου/ιουλιος/ιουλ/ιολ αυγουστου/αυγουστος/αυγ "
    "σεπτεμβριου/σεπτεμβριος/σεπ οκτωβριου/οκτωβριος/οκτ νοεμβριου/νοεμβριος/νοε "
    "δεκεμβριου/δεκεμβριος/δεκ",
)


def _months() -> dict[str, int]:
    names: dict[str, int] = {}
    for language in _LANGUAGES:
        for number, spellings in enumerate(language.split(), start=1):
            for name in spellings.split("/"):
                names.setdefault(name, number)
    return names


MONTHS: Final = _months()

_HOURS: Final = {
    # RFC 822 section 5, its military letters as RFC 2822 section 4.3 leaves them: of no meaning but Z.
    "ut": 0.0, "utc": 0, "gmt": 0, "z": 0, "wet": 0, "west": 1,
    "est": -5, "edt": -4, "et": -5, "cst": -6, "cdt": -5, "ct": -6, "mst": -7, "mdt": -6, "mt": -7,
    "pst": -8, "pdt": -7, "pt": -8, "akst": -9, "akdt": -8, "hst": -10, "ast": -4, "adt": -3, "at": -4,
    "nst": -3.5, "ndt": -2.5, "brt": -3, "art": -3, "clt": -4,
    "bst": 1, "ist": 5.5, "cet": 1, "cest": 2, "met": 1, "mest": 2, "mez": 1, "mesz": 2, "eet": 2, "eest": 3,
    "msk": 3, "msd": 4, "trt": 3, "sast": 2, "pkt": 5, "wib": 7, "ict": 7, "hkt": 8, "sgt": 8, "pht": 8,
    "awst": 8, "jst": 9, "kst": 9, "acst": 9.5, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13,
}  # fmt: skip

ZONES: Final = {name: int(hours * 60) for name, hours in _HOURS.items()}
