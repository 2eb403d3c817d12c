"""The words and names that the merger knows by heart. Data: a list a noun."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


TRACKING = _words(
    """
    fbclid gclid gclsrc dclid gbraid wbraid gad_source msclkid yclid ysclid twclid ttclid igshid igsh
    li_fat_id mc_cid mc_eid mkt_tok _hsenc _hsmi __hssc __hstc __hsfp hsctatracking vero_id vero_conv
    oly_enc_id oly_anon_id ml_subscriber ml_subscriber_hash rb_clickid s_cid wickedid _openstat wt_mc wt_zmc
    xtor cmpid ncid sref smid smtyp at_medium at_campaign at_custom1 at_custom2 at_custom3 at_custom4
    at_link_id at_link_type at_link_origin at_format at_bbc_team at_ptr_name ns_mchannel ns_source
    ns_campaign ns_linkname ns_fee ocid guccounter guce_referrer guce_referrer_sig feedtype feedname rssfeed
    ftag ftcamp taid __twitter_impression _ga _gl spm scm share_token share_source share_medium share_from
    vd_source spm_id_from piwik_campaign piwik_kwd pk_campaign pk_kwd pk_source pk_medium pk_content
    mtm_campaign mtm_keyword mtm_source mtm_medium mtm_content mtm_cid mtm_group mtm_placement
    matomo_campaign matomo_kwd hss_channel trk_contact trk_msg trk_module trk_sid ref_src ref_url trackingid
    traffic_source user_email_address mbid
    """
)
"""Query parameters that say where a reader came from; names as sites document them."""

COMMON = _words(
    """
    the and for with from that this are was were will has have had not but its his her their our your you
    who what when why how can could would should may might into over after before about than then also just
    more most new says said die der das und von mit für auf ist ein eine les des une dans pour par sur que
    qui est las los del con por para una como
    """
)
"""Words that a title is not about."""

GENERIC = _words(
    """
    today daily weekly monthly morning evening briefing brief roundup digest recap week weekend links
    newsletter bulletin headlines updates live thread photo photos picture pictures quiz crossword horoscope
    weather forecast obituaries obituary changelog sponsor sponsored happy merry welcome
    早报 晚报 日报 周报 月报 早餐 早间 午间 晚间 盘前 盘后 收评 早评 午评
    要闻 回顾 精选 汇总 速递 今日 一周 每日 直播
    """
)
"""Words of titles that come again: such a title alone names no story. Unspaced ones as bigrams."""

AGENCIES = _words(
    """
    reuters ap apnews associatedpress afp bbc bbcnews cnn cnbc bloomberg npr guardian theguardian aljazeera
    nytimes thenewyorktimes washingtonpost wsj ft financialtimes techcrunch theverge arstechnica hackernews
    dpa tass xinhua yahoonews googlenews msn 新华社 新华网 人民网 央视新闻 央视网 中新网 中新社 新浪 新浪网
    新浪财经 搜狐 网易 腾讯 凤凰网 财联社 证券时报 证券时报网 上海证券报 中国证券报 证券日报 第一财经
    界面新闻 澎湃新闻 每日经济新闻 经济观察网 华尔街见闻 东方财富网 同花顺 格隆汇 智通财经 观察者网 环球网
    路透 路透社 彭博 彭博社 法新社 美联社 共同社 纽约时报 金融时报 21世纪经济报道 36氪 虎嗅 钛媒体 快讯
    """
)
"""Names, squashed, that a title carries as its source and not as its subject."""

POLAR = _words(
    """
    not no never without fails fail failed rejects rejected denies denied up down rise rises rose rising
    fall falls fell falling gain gains gained loss losses lost lose loses win wins won higher lower more
    less buy buys sell sells upgrade upgrades upgraded downgrade downgrades downgraded raise raises raised
    cut cuts increase increases increased decrease decreases decreased before after above below first second
    third fourth fifth one two three four five six seven eight nine ten monday tuesday wednesday thursday
    friday saturday sunday january february march april may june july august september october november
    december morning evening north south east west 涨 跌 升 降 增 减 上 下 买 卖 盈 亏 不 未 没 无 非 否 东
    西 南 北 左 右 前 后 早 晚 午 一 二 三 四 五 六 七 八 九 十 甲 乙 丙 丁 多 空 高 低 进 出 开 关 入 拟 终
    """
)
"""Words that turn a sentence into another when they come, go or change."""


def _pairs(text: str) -> frozenset[frozenset[str]]:
    return frozenset(frozenset(pair.split("/")) for pair in text.split())


OPPOSITES = _pairs(
    """
    best/worst good/bad old/new open/close opens/closes opened/closed opening/closing start/end starts/ends
    begin/end begins/ends started/ended man/woman men/women male/female boy/girl boys/girls son/daughter
    husband/wife mother/father brother/sister summer/winter spring/autumn hot/cold left/right black/white
    day/night yes/no with/without can/cannot join/leave joins/leaves enter/exit enters/exits launch/cancel
    launches/cancels approve/reject approves/rejects approved/rejected accept/refuse accepts/refuses
    support/oppose supports/opposes import/export imports/exports minimum/maximum min/max
    大/小 男/女 新/旧 多/少 有/无 父/母 子/女 赢/输 胜/败 是/否 加/减 强/弱 好/坏 快/慢 长/短 内/外
    正/负 始/终 来/去 启/停 准/禁
    """
)
"""Words that turn a sentence into another when one takes the other's place; alone they may come and go."""
