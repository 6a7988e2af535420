"""Simplified text as a machine turns it into traditional characters: word by word, then character by character."""

# Words that a machine says otherwise: 規範性檔案 for 规范性文件, 資訊 for 信息.
WORDS = {"互联网": "網際網路", "信息": "資訊", "文件": "檔案", "网络": "網路", "项目": "專案", "程序": "程式"}
SIMPLE = (
    "专业两个为举义乡书产从众会传偿关内写农决况减凭则别办务动区单却县参发变叠号员响围国场处备实审宽对导将尽属带应废开"
    "弃张强归当录径态总执护报损换数无时显权条来标栏样检汇没济滚满点热状环现电监码称稳简类纠约纳线组织终绍经结给络绝统"
    "继续维综编缩缴罚职联舆节获营虚虽补见规视计订认讨训议记许论讼设访诉话询该语误说请读调谈负财责购费资践转较辑达过还"
    "这进违邮销错镇长门问间闻阅险隐页项须预领频题额风驳骤制后台划复征系准余几采范并据么帐账届虑灭贫质际阶协团万与东亏"
    "云亚仅仓价优伤伦体侧债儿兴兰册创劳势医卫厅历压厂双圆坏"
)
OFTEN = (
    "專業兩個為舉義鄉書產從眾會傳償關內寫農決況減憑則別辦務動區單卻縣參發變疊號員響圍國場處備實審寬對導將盡屬帶應廢開"
    "棄張強歸當錄徑態總執護報損換數無時顯權條來標欄樣檢匯沒濟滾滿點熱狀環現電監碼稱穩簡類糾約納線組織終紹經結給絡絕統"
    "繼續維綜編縮繳罰職聯輿節獲營虛雖補見規視計訂認討訓議記許論訟設訪訴話詢該語誤說請讀調談負財責購費資踐轉較輯達過還"
    "這進違郵銷錯鎮長門問間聞閱險隱頁項須預領頻題額風駁驟製後臺劃復徵係準餘幾採範並據麼帳賬屆慮滅貧質際階協團萬與東虧"
    "雲亞僅倉價優傷倫體側債兒興蘭冊創勞勢醫衛廳歷壓廠雙圓壞"
)
CHARACTERS = str.maketrans(SIMPLE, OFTEN)


def to_traditional(text: str) -> str:
    """Return a text as a gateway for traditional characters shows it.

    >>> to_traditional("行政规范性文件"), to_traditional("政府信息公开")
    ('行政規範性檔案', '政府資訊公開')
    """
    for word, other in WORDS.items():
        text = text.replace(word, other)
    return text.translate(CHARACTERS)
